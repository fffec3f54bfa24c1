package appengine

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

// two releases two texts to a service, and gives their versions.
func (s stage) two(t *testing.T, service string) (one, two release.Released) {
	t.Helper()
	one = s.release(t, shop(service), "one")
	two, err := up(t.Context(), s.Target, shop(service), "two", run("bbbbbbbb", 5))
	if err != nil {
		t.Fatal(err)
	}
	return one, two
}

func all(id string) []release.Share { return []release.Share{{Revision: id, Percent: 100}} }

// TestShiftWhile has the traffic moved back before each call of a release that started
// earlier: it stays where it was moved to. Between the release's last look and its write
// nothing of App Engine's says so: there the release is the last.
func TestShiftWhile(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.release(t, shop(first), "first")
	for n, done := 1, false; !done; n++ {
		service := fmt.Sprintf("moved-at-%d", n)
		spec := shop(service)
		one, _ := s.two(t, service)
		write := false
		b := &between{at: func(call int, after bool, _ http.ResponseWriter, r *http.Request) bool {
			if call == n && !after {
				write = r.Method == http.MethodPatch && strings.Contains(r.URL.RawQuery, "split")
				if _, err := s.Shift(t.Context(), spec, release.Split{Shares: all(one.Revision), Run: run("dddddddd", 20)}, nil); err != nil {
					t.Errorf("%s: %v", service, err)
				}
			}
			return false
		}}
		r, err := up(t.Context(), s.target(t, b), spec, "three", run("cccccccc", 10))
		done = b.n < n
		if write || done {
			continue
		}
		if moved := r.Percent == 100; err != nil || !moved && r.Superseded != "dddddddd" {
			t.Errorf("%s: %+v, %v", service, r, err)
		}
		s.ends(t, service, one.Revision)
	}
}

// TestShift: shares that no whole percent can be, a version that is stopped and started,
// callers told apart, and what is refused.
func TestShift(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	one, two := s.two(t, first)
	spec := shop(first)
	if ids := s.running(t.Context(), t, first); !cmp.Equal(ids, []string{two.Revision}) {
		t.Errorf("%v run", ids)
	}
	var said []string
	to := release.Split{Shares: []release.Share{{Revision: one.Revision, Percent: 33}, {Revision: two.Revision, Percent: 67}}, By: "cookie"}
	now, err := s.Shift(t.Context(), spec, to, func(text string) { said = append(said, text) })
	if err != nil || !release.SameShares(now, to.Shares) {
		t.Errorf("%v, %v", now, err)
	}
	if !cmp.Equal(said, []string{"starting version " + one.Revision}) {
		t.Errorf("it says %q", said)
	}
	seen, err := s.look(t.Context(), spec)
	if err != nil || seen.Split.ShardBy != "COOKIE" || seen.Split.Allocations[one.Revision] != 0.33 {
		t.Errorf("%+v, %v", seen.Split, err)
	}
	said = nil
	if _, err := s.Shift(t.Context(), spec, release.Split{}, func(text string) { said = append(said, text) }); err != nil {
		t.Error(err)
	}
	if !cmp.Equal(said, []string{"version " + one.Revision + " serves no more, and is stopped"}) {
		t.Errorf("it says %q", said)
	}
	if st, _, err := s.State(t.Context(), spec); err != nil || release.Sole(st.Traffic) != two.Revision {
		t.Errorf("%+v, %v", st, err)
	}
	_, err = s.Shift(t.Context(), shop("nobody"), release.Split{Shares: all("x")}, nil)
	if errs.KindOf(err) != errs.NotFound {
		t.Errorf("%v", err)
	}
}

func TestShares(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		is   map[string]float64
		want []release.Share
	}{
		{nil, nil},
		{map[string]float64{"a": 1}, all("a")},
		{map[string]float64{"a": 0.333, "b": 0.333, "c": 0.334}, []release.Share{{Revision: "c", Percent: 34}, {Revision: "b", Percent: 33}, {Revision: "a", Percent: 33}}},
		{map[string]float64{"a": 0.29, "b": 0.71}, []release.Share{{Revision: "b", Percent: 71}, {Revision: "a", Percent: 29}}},
		{map[string]float64{"a": 0.005, "b": 0.995, "c": 0}, []release.Share{{Revision: "b", Percent: 99}, {Revision: "a", Percent: 1}}},
	} {
		if diff := cmp.Diff(tt.want, service{Split: split{Allocations: tt.is}}.shares()); diff != "" {
			t.Errorf("%v: -want +got\n%s", tt.is, diff)
		}
	}
}
