package cmd_test

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/cmd"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator"
	"github.com/gcpdeploy/gcpdeploy/internal/ask"
	"github.com/gcpdeploy/gcpdeploy/internal/ui"
)

// TestCallPrivate calls a private service. It has no container, so whoever is let in
// gets 503, and who is not 403.
func TestCallPrivate(t *testing.T) {
	t.Parallel()
	s, err := emulator.Start(context.WithoutCancel(t.Context()), emulator.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close(context.Background()) })
	token, err := os.ReadFile(s.TokenFile())
	if err != nil {
		t.Fatal(err)
	}
	const place = "v2/projects/p-1/locations/europe-west1/services"
	api := func(method, path, body string) string {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), method, s.URL()+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+strings.TrimSpace(string(token)))
		req.Header.Set("Content-Type", "application/json")
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		answer, err := io.ReadAll(res.Body)
		if err != nil || res.StatusCode != http.StatusOK {
			t.Fatalf("%s %s: %s %s, %v", method, path, res.Status, answer, err)
		}
		return string(answer)
	}
	api(http.MethodPost, place+"?serviceId=hello", `{"template": {"containers": [{"image": "gcr.io/p/i:1"}]}}`)
	env := map[string]string{"GCPDEPLOY_ENDPOINT": s.URL(), "CLOUDSDK_AUTH_ACCESS_TOKEN_FILE": s.TokenFile()}
	run := func(args ...string) (int, string, string) {
		return inProcess(t.Context(), env, t.TempDir(), append(args, "--source", t.TempDir(), "--service", "hello", "--project", "p-1", "--region", "europe-west1")...)
	}

	if exit, out, stderr := run("status"); exit != 0 || !strings.Contains(out, "  access    private: call it with `gcpdeploy curl --source ") {
		t.Errorf("status: %d %s %s", exit, out, stderr)
	}
	if exit, out, stderr := run("curl", "--include"); exit != 0 || !strings.HasPrefix(out, "HTTP/1.1 503 Service Unavailable\n") {
		t.Errorf("curl: %d %s %s", exit, out, stderr)
	}
	if exit, _, stderr := run("curl", "--fail"); exit != 1 || !strings.Contains(stderr, "error: / answers 503 Service Unavailable") {
		t.Errorf("curl --fail: %d %s", exit, stderr)
	}
	if exit, _, stderr := run("curl", "--header", "nothing"); exit != 2 || !strings.Contains(stderr, `--header "nothing" has no name`) {
		t.Errorf("a header without a name: %d %s", exit, stderr)
	}

	// open goes on until it is interrupted.
	ctx, end := context.WithCancel(t.Context())
	read, write := io.Pipe()
	ended := make(chan int, 1)
	go func() {
		streams := ui.Streams{In: strings.NewReader(""), Out: write, Err: io.Discard, Width: func() int { return 80 }}
		ended <- cmd.Main(ctx, streams, deps(env), []string{"gcpdeploy", "open", "--no-browser", "--source", t.TempDir(), "--service", "hello", "--project", "p-1", "--region", "europe-west1"})
	}()
	line, err := bufio.NewReader(read).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	page := strings.TrimSpace(line)
	root, _, _ := strings.Cut(page, "/.gcpdeploy")
	get := func(url string, cookies []*http.Cookie) *http.Response {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range cookies {
			req.AddCookie(c)
		}
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		return res
	}
	if res := get(root, nil); res.StatusCode != http.StatusForbidden {
		t.Errorf("a stranger gets %s", res.Status)
	}
	if res := get(root, get(page, nil).Cookies()); res.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("the visitor gets %s", res.Status)
	}
	end()
	if exit := <-ended; exit != 0 {
		t.Errorf("open ends with %d", exit)
	}

	// Public: open prints the address and is done.
	api(http.MethodPost, "v2/projects/p-1/locations/europe-west1/services/hello:setIamPolicy", `{"policy": {"bindings": [{"role": "roles/run.invoker", "members": ["allUsers"]}]}}`)
	if exit, out, stderr := run("open", "--no-browser", "--json"); exit != 0 || !strings.Contains(out, `"private":false`) {
		t.Errorf("open: %d %s %s", exit, out, stderr)
	}
	for words, want := range map[string]struct {
		exit int
		says string
	}{
		"open --no-browser --console":         {0, "https://console.cloud.google.com/run/detail/europe-west1/hello/metrics?project=p-1\n"},
		"open --no-browser --logs":            {0, "https://console.cloud.google.com/run/detail/europe-west1/hello/logs?project=p-1\n"},
		"open --no-browser --tag x":           {1, "the service hello has no tag x"},
		"curl --tag x":                        {1, "the service hello has no tag x"},
		"open --no-browser --tag x --logs":    {2, "--tag, --console and --logs exclude each other"},
		"open --no-browser --console --local": {2, "the emulators have no console"},
	} {
		if exit, out, stderr := run(strings.Fields(words)...); exit != want.exit || !strings.Contains(out+stderr, want.says) {
			t.Errorf("%s: %d %s %s", words, exit, out, stderr)
		}
	}
	if exit, out, _ := run("status"); exit != 0 || strings.Contains(out, "access") {
		t.Errorf("status: %s", out)
	}
	if exit, _, stderr := inProcess(t.Context(), env, t.TempDir(), "curl", "--source", t.TempDir(), "--service", "none", "--project", "p-1", "--region", "europe-west1"); exit != 1 || !strings.Contains(stderr, "there is no service none") {
		t.Errorf("no service: %d %s", exit, stderr)
	}
}

// client asks once: what is served must answer.
var client = &http.Client{Transport: func() *http.Transport {
	t := ask.Transport()
	t.DisableKeepAlives = true
	return t
}()}
