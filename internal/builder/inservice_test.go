package builder_test

import (
	"io"
	"net/http"
	"net/http/httptest"
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

// TestReleaseAnswers asks what was released, and goes back where nothing answers.
func TestReleaseAnswers(t *testing.T) {
	t.Parallel()
	const front = "front: no instance"
	first := []release.Share{{Revision: "hello-1", Percent: 100}}
	for _, tt := range []struct {
		name     string
		want     *plan.Answer // nil = nobody asks
		statuses []int        // of the answers, the last one for ever; 0 drops the connection
		text     string
		hidden   string
		private  bool
		unknown  bool   // who asks has no identity token
		says     string // its output
		before   []release.Share
		percent  int // 0 = all of the traffic, below that none
		asked    int
		warns    string
		fails    string
	}{
		{name: "answers", want: &plan.Answer{}, statuses: []int{200}, asked: 1},
		{name: "has no such page", want: &plan.Answer{}, statuses: []int{404}, asked: 1},
		{name: "nobody asks", statuses: []int{503}, text: front},
		{name: "gRPC", want: &plan.Answer{Protocol: "grpc"}, statuses: []int{503}, text: front},
		{name: "hidden", want: &plan.Answer{}, statuses: []int{503}, text: front, hidden: "its ingress is not open to all"},
		{name: "asks callers for credentials", want: &plan.Answer{Path: "/healthz"}, statuses: []int{403}, asked: 1},
		{name: "private, and answers", want: &plan.Answer{}, statuses: []int{200}, private: true, asked: 1},
		{name: "private, and dead", want: &plan.Answer{}, statuses: []int{503}, text: front, private: true, before: first, asked: 5, fails: "503 Service Unavailable"},
		{name: "private, and not let", want: &plan.Answer{Path: "/healthz"}, statuses: []int{403}, private: true, asked: 1,
			says: "not known whether it answers: the service is private, and the account that builds run as needs the role to ask hello, or on the project p (403 Forbidden)"},
		{name: "private, and no token", want: &plan.Answer{}, statuses: []int{200}, private: true, unknown: true,
			says: "not asked whether it answers: the service is private, and it has no identity token"},
		{name: "fails on its front page", want: &plan.Answer{}, statuses: []int{500}, text: "no table", asked: 1,
			warns: "what was released answers / with 500 Internal Server Error: no table"},
		{name: "another status", want: &plan.Answer{Path: "/healthz"}, statuses: []int{404}, asked: 1, warns: "answers /healthz with 404 Not Found"},
		{name: "comes late", want: &plan.Answer{}, statuses: []int{503, 0, 200}, text: front, asked: 3},
		{name: "dead", want: &plan.Answer{}, statuses: []int{503}, text: front, before: first, asked: 5,
			fails: "hello-2 does not serve, it answers / with 503 Service Unavailable: front: no instance; the traffic is back at hello-1"},
		{name: "drops connections", want: &plan.Answer{}, statuses: []int{0}, before: first, asked: 5, fails: "hello-2 does not serve, / is not answered: "},
		{name: "fails on a named path", want: &plan.Answer{Path: "/healthz"}, statuses: []int{500}, before: first, asked: 5, fails: "it answers /healthz with 500"},
		{name: "the first one is dead", want: &plan.Answer{}, statuses: []int{503}, text: front, asked: 5, fails: "there is no earlier revision to go back to"},
		{name: "some of a split is dead", want: &plan.Answer{}, statuses: []int{200, 200, 200, 503}, text: front, percent: 50, before: first, asked: 8, fails: "the traffic is back at hello-1"},
		{name: "a split", want: &plan.Answer{}, statuses: []int{200}, percent: 50, asked: 10},
		{name: "no traffic, and a URL of its own", want: &plan.Answer{}, statuses: []int{200}, percent: -1, asked: 1},
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
			to := &target{released: release.Released{Revision: "hello-2", Percent: 100, URL: s.URL, Hidden: tt.hidden, Private: tt.private}, before: tt.before, unknown: tt.unknown}
			if tt.percent != 0 {
				to.released.Percent = max(tt.percent, 0)
			}
			p := thePlan()
			p.Release.Project, p.Release.Service = "p", "hello"
			if p.Check.Answer = tt.want; tt.want != nil {
				if p.Check.Timeout = 60; tt.want.Protocol == "" {
					tt.want.Protocol = "http"
				}
			}
			var out strings.Builder
			r, err := builder.Release(t.Context(), &registry{tags: map[string]string{"hello:run-1": "sha256:a"}},
				builder.To{Target: to, Front: func(_ int, line string) bool { return strings.HasPrefix(line, "front") }, Invoke: "the role to ask", Asks: "the account that builds run as", Clock: poll.NewJumping(time.Time{})},
				p, strings.Repeat("a", 64), "h/p/r/hello:run-1", release.Run{ID: "b"}, &out)
			if asked := int(requests.Load()); asked != tt.asked {
				t.Errorf("asked %d times, want %d", asked, tt.asked)
			}
			if tt.fails == "" && err != nil || tt.fails != "" && (errs.KindOf(err) != errs.Build || !strings.Contains(err.Error(), tt.fails)) {
				t.Errorf("%v, want %q", err, tt.fails)
			}
			if to.settled == (tt.fails != "") {
				t.Errorf("settled: %v", to.settled)
			}
			if to.returned != (tt.fails != "") || to.returned != strings.Contains(out.String(), "no such module\n") || strings.Contains(out.String(), "all is well") {
				t.Errorf("returned %v, it says %q", to.returned, &out)
			}
			if !strings.Contains(out.String(), tt.says) {
				t.Errorf("it says %q, want %q", &out, tt.says)
			}
			if !strings.Contains(r.Warning, tt.warns) || tt.warns == "" && r.Warning != "" {
				t.Errorf("it warns %q, want %q", r.Warning, tt.warns)
			}
		})
	}
}
