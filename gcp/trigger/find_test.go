package trigger_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/gcp"
	"github.com/gcpdeploy/gcpdeploy/gcp/trigger"
)

// google answers by path, with the query where there is one; what has no answer is
// refused as not enabled.
func google(t *testing.T, answers map[string]string) *trigger.Client {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		path := strings.TrimPrefix(r.URL.Path, "/")
		if token := r.URL.Query().Get("pageToken"); token != "" {
			path += "?" + token
		}
		text, ok := answers[path]
		switch {
		case !ok:
			w.WriteHeader(http.StatusForbidden)
			fmt.Fprint(w, `{"error":{"code":403,"status":"PERMISSION_DENIED","message":"disabled","details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"SERVICE_DISABLED","domain":"googleapis.com","metadata":{"service":"developerconnect.googleapis.com"}}]}}`)
		case text == "denied":
			w.WriteHeader(http.StatusForbidden)
			fmt.Fprint(w, `{"error":{"code":403,"status":"PERMISSION_DENIED","message":"The caller does not have permission"}}`)
		default:
			fmt.Fprint(w, text)
		}
	}))
	t.Cleanup(s.Close)
	token := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(token, []byte("t"), 0o600); err != nil {
		t.Fatal(err)
	}
	a := gcp.New(gcp.Config{Endpoints: gcp.Endpoints{Base: s.URL + "/"}, TokenFile: token})
	t.Cleanup(func() { _ = a.Close() })
	return trigger.New(a, "p", "europe-west1")
}

const (
	v2   = "v2/" + region + "/connections"
	v1   = "v1/" + region + "/connections"
	shop = "https://github.com/o/n.git"
)

func TestFind(t *testing.T) {
	t.Parallel()
	one := `{"name":"` + region + `/connections/one","installationState":{"stage":"COMPLETE"}}`
	two := `{"name":"` + region + `/connections/two","installationState":{"stage":"PENDING_INSTALL_APP","message":"Install the app","actionUri":"https://x/install"}}`
	dev := `{"name":"` + region + `/connections/dev","installationState":{"stage":"COMPLETE"}}`
	has := func(at string) string {
		return `{"repositories":[{"name":"` + at + `/repositories/x","remoteUri":"https://x/y.git"},{"name":"` + at + `/repositories/r","remoteUri":"` + shop + `"}]}`
	}
	for _, tt := range []struct {
		name    string
		answers map[string]string
		want    string // the repositories, each with what is to be done for its connection
		unseen  bool
	}{
		{"nothing, and no Developer Connect", map[string]string{v2: `{}`}, "", false},
		{"on the second page, incomplete", map[string]string{v2: `{"connections":[` + one + `],"nextPageToken":"more"}`, v2 + "?more": `{"connections":[` + two + `]}`,
			v2 + "/one/repositories": `{}`, v2 + "/two/repositories": has(region + "/connections/two")}, "two is not complete: Install the app https://x/install", false},
		{"in both", map[string]string{v2: `{"connections":[` + one + "," + two + `]}`, v2 + "/one/repositories": has(region + "/connections/one"), v2 + "/two/repositories": has(region + "/connections/two")},
			"one , two is not complete: Install the app https://x/install", false},
		{"in Developer Connect alone", map[string]string{v2: `{"connections":[` + one + `]}`, v2 + "/one/repositories": `{}`, v1: `{"connections":[` + dev + `]}`,
			v1 + "/dev/gitRepositoryLinks": `{"gitRepositoryLinks":[{"name":"` + region + `/connections/dev/gitRepositoryLinks/l","cloneUri":"` + shop + `"}]}`}, "dev ", false},
		{"that cannot be seen", map[string]string{v2: `{}`, v1: "denied"}, "", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f, err := trigger.Find(t.Context(), google(t, tt.answers), func(url string) bool { return url == shop })
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, r := range f.Repositories {
				got = append(got, r.Connection+" "+f.Connection(r).Open)
			}
			if strings.Join(got, ", ") != tt.want || (f.Unseen != "") != tt.unseen {
				t.Errorf("found %q, unseen %q", got, f.Unseen)
			}
		})
	}
}

func TestFetchGitRefs(t *testing.T) {
	t.Parallel()
	for answer, want := range map[string]string{
		`{"refNames":["a","master","b"]}`: "master", `{"refNames":["trunk9"]}`: "trunk9", `{"refNames":["x","y"]}`: "", "denied": "",
	} {
		c := google(t, map[string]string{"v2/" + second.Name + ":fetchGitRefs": answer})
		if got := c.FetchGitRefs(t.Context(), second); got != want {
			t.Errorf("of %s it is %q", answer, got)
		}
	}
}
