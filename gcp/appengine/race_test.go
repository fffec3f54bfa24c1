package appengine

import (
	"context"
	"fmt"
	"net/http"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

// up is a release as a build makes it.
func up(ctx context.Context, target Target, spec release.Spec, text string, by release.Run) (release.Released, error) {
	r, err := target.Deploy(ctx, spec, imageOf(spec, text), by, nil)
	if err == nil && r.Superseded == "" {
		if w := target.Settle(ctx, spec, r, by, nil); w != "" {
			err = errs.New(errs.Internal, "", "%s", w)
		}
	}
	return r, err
}

// ends is that one version of a service has all the traffic, and runs alone.
func (s stage) ends(t *testing.T, service, id string) {
	t.Helper()
	st, _, err := s.State(t.Context(), shop(service))
	if err != nil || release.Sole(st.Traffic) != id {
		t.Errorf("%s: %v has the traffic, want %s (%v)", service, st.Traffic, id, err)
	}
	if ids := s.running(t.Context(), t, service); len(ids) != 1 || ids[0] != id {
		t.Errorf("%s: %v run, want %s", service, ids, id)
	}
}

// TestKilled ends a release before and after each of its calls. What the next one leaves
// is the same, whatever the killed one left.
func TestKilled(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.release(t, shop(first), "first")
	for n, done := 1, false; !done; n++ {
		for _, late := range []bool{false, true} {
			service := fmt.Sprintf("killed-%d-%v", n, late)
			spec := shop(service)
			s.release(t, spec, "one")
			ctx, kill := context.WithCancel(t.Context())
			b := &between{at: func(call int, after bool, w http.ResponseWriter, _ *http.Request) bool {
				if call == n && after == late {
					kill()
					return lose(w)
				}
				return false
			}}
			_, err := up(ctx, s.target(t, b), spec, "two", run("bbbbbbbb", 10))
			kill()
			if done = b.n < n; !done && err == nil && b.n == n {
				t.Logf("%s: it ended well", service)
			}
			if now, wanted, err := s.Observe(t.Context(), spec); err != nil {
				t.Fatal(err)
			} else if wanted(digestOf("two")) {
				s.ends(t, service, now.Revision)
				continue
			}
			r, err := up(t.Context(), s.Target, spec, "two", run("cccccccc", 20))
			if err != nil || r.Percent != 100 {
				t.Errorf("%s: %+v, %v", service, r, err)
			}
			s.ends(t, service, r.Revision)
		}
	}
}

// TestDisturbed has each call of a release refused, or its answer lost; and the call that
// makes the version in the ways that are another thing there.
func TestDisturbed(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.release(t, shop(first), "first")
	refusing := func(code int, status, text string) func(http.ResponseWriter) bool {
		return func(w http.ResponseWriter) bool { return refuse(w, code, status, text) }
	}
	const busy = "Cannot operate on apps/shop/services/x because an operation is already in progress for apps/shop/services/x by 11111111-2222-3333-4444-555555555555."
	for _, how := range []struct {
		name string
		do   func(w http.ResponseWriter) bool
		late bool
		post bool // at that call alone
	}{
		{"lost", lose, true, false},
		{"conflict", refusing(409, "ABORTED", busy), false, false},
		{"not-sent", lose, false, true},
		{"unavailable", refusing(503, "UNAVAILABLE", "Try later."), false, true},
		{"quota", refusing(429, "RESOURCE_EXHAUSTED", "Too many."), false, true},
		{"expired", refusing(401, "UNAUTHENTICATED", "Expired."), false, true},
	} {
		for n, done := 1, false; !done; n++ {
			service := fmt.Sprintf("%s-%d", how.name, n)
			spec := shop(service)
			s.release(t, spec, "one")
			hit := false
			b := &between{at: func(call int, after bool, w http.ResponseWriter, r *http.Request) bool {
				if hit && !after || after != how.late || call != n && !how.post || how.post && r.Method != http.MethodPost {
					return false
				}
				hit = true
				return how.do(w)
			}}
			r, err := up(t.Context(), s.target(t, b), spec, "two", run("bbbbbbbb", 10))
			done = !hit || how.post
			if err != nil || r.Percent != 100 || r.Superseded != "" || how.post && !hit {
				t.Errorf("%s: %+v, %v", service, r, err)
			}
			s.ends(t, service, "20261127t120010-bbbbbbbb")
		}
	}
}

// TestTwoAtOnce has a whole release of another run come in before each call of a release:
// the run that started later serves, and nothing else runs.
func TestTwoAtOnce(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.release(t, shop(first), "first")
	older, newer := run("bbbbbbbb", 10), run("cccccccc", 20)
	for _, tt := range []struct {
		name      string
		slow, own release.Run
	}{{"newer", older, newer}, {"older", newer, older}} {
		for n, done := 1, false; !done; n++ {
			service := fmt.Sprintf("%s-comes-at-%d", tt.name, n)
			spec := shop(service)
			s.release(t, spec, "one")
			b := &between{at: func(call int, after bool, _ http.ResponseWriter, _ *http.Request) bool {
				if call == n && !after {
					if _, err := up(t.Context(), s.Target, spec, tt.own.ID, tt.own); err != nil {
						t.Errorf("%s: %v", service, err)
					}
				}
				return false
			}}
			_, err := up(t.Context(), s.target(t, b), spec, tt.slow.ID, tt.slow)
			done = b.n < n
			if err != nil {
				t.Errorf("%s: %v", service, err)
			}
			if !done {
				s.ends(t, service, idOf(newer))
			}
		}
	}
}
