package builder_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gcpdeploy/gcpdeploy/internal/builder"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
	"github.com/gcpdeploy/gcpdeploy/internal/poll"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

// TestTry: what is tried beside what serves must answer as is wanted, within its time;
// what does not is discarded, with its log.
func TestTry(t *testing.T) {
	t.Parallel()
	const front = "front: no instance"
	for _, tt := range []struct {
		name             string
		want             plan.Answer
		statuses         []int // of the answers, the last one for ever; 0 drops the connection
		text             string
		private, unknown bool
		superseded, left string
		least            int    // of the times it is asked
		says             string // its output
		warns            string
		unasked          bool
		fails            string
	}{
		{name: "answers", statuses: []int{200}, least: 1, says: "hello-2 is up beside what serves, answers / with 200 OK after "},
		{name: "has no such page", statuses: []int{404}, least: 1, says: "answers / with 404 Not Found"},
		{name: "fails on its front page", statuses: []int{500}, text: "no table", least: 1, warns: "the app answers / with 500 Internal Server Error: no table"},
		{name: "comes late", want: plan.Answer{Path: "/ready"}, statuses: []int{503, 0, 404, 200}, least: 4, says: "answers /ready with 200 OK"},
		{name: "must only listen", want: plan.Answer{Protocol: "tcp"}, statuses: []int{500}, says: "hello-2 is up beside what serves after "},
		{name: "another status", want: plan.Answer{Path: "/ready"}, statuses: []int{404}, least: 5, says: "hello-2 is removed", fails: "the app answers /ready with 404 Not Found; wanted is 200 to 399"},
		{name: "one that stays", want: plan.Answer{Path: "/ready"}, statuses: []int{500}, text: "no table", left: "it is the newest", least: 5, says: "hello-2 stays, without traffic: it is the newest", fails: "500 Internal Server Error; wanted is 200 to 399: no table"},
		{name: "dead", statuses: []int{503}, text: front, least: 5, says: "no such module\n", fails: "the app answers / with 503 Service Unavailable"},
		{name: "drops connections", statuses: []int{0}, least: 5, fails: "/ is not answered: "},
		{name: "private, and answers", statuses: []int{200}, private: true, least: 1, says: "answers / with 200 OK"},
		{name: "private, and not let", statuses: []int{403}, private: true, least: 1, unasked: true, says: "it cannot be asked: the service is private, and the account that builds run as needs the role to ask hello"},
		{name: "private, and no token", statuses: []int{200}, private: true, unknown: true, unasked: true, says: "it cannot be asked: it has no identity token"},
		{name: "superseded", superseded: "c", statuses: []int{500}, says: "superseded by c"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var requests atomic.Int32
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if got := r.Header.Get("X-Who"); (got == "me") != tt.private {
					t.Errorf("X-Who: %q", got)
				}
				status := tt.statuses[min(int(requests.Add(1))-1, len(tt.statuses)-1)]
				if status == 0 {
					panic(http.ErrAbortHandler)
				}
				w.WriteHeader(status)
				_, _ = io.WriteString(w, tt.text)
			}))
			defer s.Close()
			to := &target{tried: release.Released{Revision: "hello-2", URL: s.URL, Private: tt.private, Superseded: tt.superseded}, unknown: tt.unknown, left: tt.left}
			p := thePlan()
			p.Release.Service, p.Check.Answer, p.Check.Timeout = "hello", &tt.want, 60
			if tt.want.Protocol == "" {
				tt.want.Protocol = "http"
			}
			var out strings.Builder
			started, asked, err := builder.Try(t.Context(), &registry{tags: map[string]string{"hello:run-1": "sha256:a"}},
				builder.To{Target: to, Front: func(_ int, line string) bool { return strings.HasPrefix(line, "front") }, Invoke: "the role to ask", Asks: "the account that builds run as", Clock: poll.NewJumping(time.Time{})},
				p, "h/p/r/hello:run-1", release.Run{ID: "b"}, &out)
			if n := int(requests.Load()); n < tt.least || tt.least == 1 && n > 1 || tt.least == 0 && n > 0 {
				t.Errorf("asked %d times, want %d", n, tt.least)
			}
			if tt.fails == "" && err != nil || tt.fails != "" && (errs.KindOf(err) != errs.Build || !strings.Contains(err.Error(), tt.fails)) {
				t.Errorf("%v, want %q", err, tt.fails)
			}
			if failed := tt.fails != ""; failed != slices.Equal(to.discarded, []string{"hello-2"}) || asked == (failed || tt.unasked) {
				t.Errorf("discarded %q, asked %v", to.discarded, asked)
			}
			if started.Warning != tt.warns || !strings.Contains(out.String(), tt.says) {
				t.Errorf("it warns %q and says\n%s", started.Warning, &out)
			}
			if !strings.HasSuffix(to.image, "@sha256:a") || to.by.ID != "b" {
				t.Errorf("%s by %v", to.image, to.by)
			}
		})
	}
}
