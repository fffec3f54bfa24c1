package builder_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gcpdeploy/gcpdeploy/internal/builder"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
	"github.com/gcpdeploy/gcpdeploy/internal/poll"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

// requests are so many, the last of which failed, or were slow.
func requests(n, failed int, slow time.Duration) (lines []release.Line) {
	for i := range n {
		r := &release.Request{Method: "GET", URL: "/x", Status: 200, Latency: time.Millisecond}
		if i >= n-failed {
			r.Status = 500
		}
		if slow > 0 && i >= n*9/10 {
			r.Latency = slow
		}
		lines = append(lines, release.Line{Request: r})
	}
	return lines
}

// TestCanary: the traffic goes over by steps, each of which is judged; back goes all of it,
// and whoever has moved it meanwhile is left alone.
func TestCanary(t *testing.T) {
	t.Parallel()
	one := []release.Share{{Revision: "hello-1", Percent: 100}}
	split := []release.Share{{Revision: "hello-0", Percent: 25}, {Revision: "hello-1", Percent: 75}, {Revision: "hello-9", Tag: "x"}}
	for _, tt := range []struct {
		name   string
		canary plan.Canary
		before []release.Share
		asked  []release.Line
		old    []release.Line
		status int // of the revision's own URL
		err    error
		at     int // the shift that it is of; 0 = any
		shifts string
		says   string
		fails  string
		later  bool
	}{
		{name: "well", before: one, asked: requests(100, 1, 0), shifts: "10+90 50+50 100", says: "1 of 100 requests failed, 95 % were answered within 1ms"},
		{name: "seldom asked", before: one, asked: requests(19, 19, 0), shifts: "10+90 50+50 100", says: "it was asked 19 times, too seldom"},
		{name: "a split", before: split, asked: requests(100, 0, 0), shifts: "10+68+22 50+38+12 100"},
		{name: "it fails", before: one, asked: requests(100, 20, 0), shifts: "10+90 100", fails: "hello-2 does badly with 10 % of the traffic: 20 of 100 requests failed, 95 % were answered within 1ms; more than 1 % are too many; GET /x 500; the traffic is back: 100 % hello-1"},
		{name: "all fail", before: one, asked: requests(100, 20, 0), old: requests(30, 5, 0), shifts: "10+90 50+50 100",
			says: "20 of 100 requests failed, 95 % were answered within 1ms; hello-1 meanwhile: 5 of 30 requests failed, 95 % were answered within 1ms; it is not the release that is to blame"},
		{name: "it fails more often", before: one, asked: requests(100, 20, 0), old: requests(100, 10, 0), shifts: "10+90 100", fails: "hello-1 meanwhile: 10 of 100 requests failed, 95 % were answered within 1ms; more than 1 % are too many"},
		{name: "what is seldom asked says nothing", before: one, asked: requests(100, 20, 0), old: requests(19, 19, 0), shifts: "10+90 100", fails: "more than 1 % are too many"},
		{name: "all are slow", before: one, canary: plan.Canary{MaxLatency: 0.8}, asked: requests(100, 0, time.Second), old: requests(30, 0, time.Second), shifts: "10+90 50+50 100", says: "not the release"},
		{name: "it may", before: one, canary: plan.Canary{MaxErrors: 20}, asked: requests(100, 20, 0), shifts: "10+90 50+50 100"},
		{name: "it is slow", before: one, canary: plan.Canary{MaxLatency: 0.8}, asked: requests(100, 0, time.Second), shifts: "10+90 100", fails: "95 % were answered within 1s; more than 0.8s is too slow"},
		{name: "it is dead", before: one, status: 500, shifts: "10+90 100", fails: "it answers /ready with 500 Internal Server Error; the traffic is back: 100 % hello-1"},
		{name: "somebody moves it", before: one, err: errs.New(errs.Superseded, "", "moved"), shifts: "10+90", later: true},
		{name: "somebody moves it in the last step", before: one, err: errs.New(errs.Superseded, "", "moved"), at: 3, shifts: "10+90 50+50 100", later: true},
		{name: "a run got no further", before: []release.Share{{Revision: "hello-1", Percent: 70}, {Revision: "hello-2", Percent: 30}}, asked: requests(100, 0, 0), shifts: "50+50 100"},
		{name: "it got as far as a step", before: []release.Share{{Revision: "hello-1", Percent: 50}, {Revision: "hello-2", Percent: 50}}, asked: requests(100, 20, 0), shifts: "50+50 100", fails: "the traffic is back: 100 % hello-1"},
		{name: "it cannot be moved", before: one, err: errs.New(errs.Auth, "", "denied"), shifts: "10+90", fails: "denied"},
		{name: "nothing served", shifts: ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(max(tt.status, 200)) }))
			defer s.Close()
			to := &target{tried: release.Released{Revision: "hello-2", URL: s.URL, Before: tt.before}, asked: tt.asked, old: tt.old, shiftErr: tt.err, shiftAt: tt.at}
			to.released = to.tried
			to.released.Percent = 100
			p := thePlan()
			p.Current.Revision, p.Release.Service = "hello-1", "hello"
			p.Check.Beside, p.Check.Timeout, p.Check.Answer = true, 60, &plan.Answer{Protocol: "http", Path: "/ready"}
			p.Check.Canary = &plan.Canary{Steps: []int{10, 50}, Seconds: 60, MaxErrors: max(tt.canary.MaxErrors, 1), MaxLatency: tt.canary.MaxLatency, Requests: 20}
			var out strings.Builder
			r, err := builder.Release(t.Context(), &registry{tags: map[string]string{"hello:run-1": "sha256:a"}}, builder.To{Target: to, Clock: poll.NewJumping(time.Unix(0, 0))},
				p, strings.Repeat("a", 64), "h/p/r/hello:run-1", release.Run{ID: "b"}, &out)
			var shifts []string
			from := tt.before
			for _, split := range to.shifts {
				if !release.SameShares(split.From, from) {
					t.Errorf("it goes from %v, and the traffic is %v", split.From, from)
				}
				from = split.Shares
				var parts []string
				for _, share := range split.Shares {
					parts = append(parts, fmt.Sprint(share.Percent))
				}
				shifts = append(shifts, strings.Join(parts, "+"))
			}
			if got := strings.Join(shifts, " "); got != tt.shifts {
				t.Errorf("the traffic went %q, want %q", got, tt.shifts)
			}
			if tt.fails == "" && err != nil || tt.fails != "" && (err == nil || !strings.Contains(err.Error(), tt.fails)) {
				t.Errorf("%v, want %q", err, tt.fails)
			}
			if !strings.Contains(out.String(), tt.says) {
				t.Errorf("it says\n%s\nwant %q", &out, tt.says)
			}
			if (r.Superseded != "") != tt.later || (r.Percent == 100) != (tt.fails == "" && !tt.later) {
				t.Errorf("%+v", r)
			}
		})
	}
}
