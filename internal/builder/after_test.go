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

// TestAfter: what the service must answer once it has the traffic is asked for until its
// time is over; then the traffic is back.
func TestAfter(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name     string
		want     plan.After
		statuses []int // the last one for ever
		body     string
		percent  int
		least    int
		fails    string
	}{
		{name: "well", want: plan.After{Path: "/ok"}, statuses: []int{204}, percent: 100, least: 1},
		{name: "comes late", want: plan.After{Path: "/ok", Status: 200}, statuses: []int{404, 503, 200}, percent: 100, least: 3},
		{name: "another status", want: plan.After{Path: "/ok", Status: 200}, statuses: []int{204}, percent: 100, least: 5, fails: "it answers /ok with 204 No Content; release.check wants 200; the traffic is back at hello-1"},
		{name: "its text", want: plan.After{Path: "/ok", Body: "version 2"}, statuses: []int{200}, body: "this is version 2.1", percent: 100, least: 1},
		{name: "another text", want: plan.After{Path: "/ok", Body: "version 2"}, statuses: []int{200}, body: "version 1", percent: 100, least: 5, fails: "release.check wants 200 to 399 and the text of release.check.body in it"},
		{name: "without traffic", want: plan.After{Path: "/ok"}, statuses: []int{500}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var requests atomic.Int32
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(tt.statuses[min(int(requests.Add(1))-1, len(tt.statuses)-1)])
				_, _ = io.WriteString(w, tt.body)
			}))
			defer s.Close()
			to := &target{before: []release.Share{{Revision: "hello-1", Percent: 100}}, released: release.Released{Revision: "hello-2", URL: s.URL, Percent: tt.percent}}
			p := thePlan()
			tt.want.Seconds = 30
			p.Check.Answer, p.Check.After = nil, &tt.want
			var out strings.Builder
			_, err := builder.Release(t.Context(), &registry{tags: map[string]string{"hello:run-1": "sha256:a"}}, builder.To{Target: to, Clock: poll.NewJumping(time.Unix(0, 0))},
				p, strings.Repeat("a", 64), "h/p/r/hello:run-1", release.Run{ID: "b"}, &out)
			if n := int(requests.Load()); n < tt.least || tt.least == 0 && n > 0 {
				t.Errorf("asked %d times, want %d", n, tt.least)
			}
			if tt.fails == "" && err != nil || tt.fails != "" && (errs.KindOf(err) != errs.Build || !strings.Contains(err.Error(), tt.fails)) || to.returned != (tt.fails != "") {
				t.Errorf("%v, want %q; returned: %v", err, tt.fails, to.returned)
			}
		})
	}
}
