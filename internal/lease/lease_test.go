package lease_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gcpdeploy/gcpdeploy/internal/lease"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
)

func take(t *testing.T, m *memory, id string, tags ...string) *lease.Held {
	t.Helper()
	h, err := lease.Take(t.Context(), m, lease.Lease{ID: id, Tags: tags, Service: "hello", Limit: time.Hour}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func ids(t *testing.T, f *lease.Finder) (ids []string) {
	t.Helper()
	all, err := f.Runs(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range all {
		ids = append(ids, r.ID)
	}
	return ids
}

// TestLife: a lease is seen from Take to Release, however long that is and whatever
// the registry's clock says, and the older one comes first.
func TestLife(t *testing.T) {
	t.Parallel()
	for _, ahead := range []time.Duration{0, 9 * time.Minute, -9 * time.Minute} {
		synctest.Test(t, func(t *testing.T) {
			m := newMemory(ahead)
			a := take(t, m, "a", "wheels-1", "made-2")
			time.Sleep(time.Second)
			b := take(t, m, "b", "wheels-1")
			f := lease.NewFinder(m, nil)
			if diff := cmp.Diff([]string{"a", "b"}, ids(t, f)); diff != "" {
				t.Error(diff)
			}
			runs, _ := f.Runs(t.Context())
			if r, ok := lease.Oldest(runs, "wheels-1"); !ok || r.ID != "a" || r.Service != "hello" || !r.Created.Equal(a.Created) {
				t.Errorf("%+v", r)
			}
			if _, ok := lease.Oldest(runs, "wheels-9"); ok {
				t.Error("somebody makes wheels that nobody makes")
			}
			for range 100 { // on either of its images it is the same lease
				time.Sleep(17 * time.Second)
				if diff := cmp.Diff([]string{"a", "b"}, ids(t, f)); diff != "" {
					t.Fatal(diff)
				}
				if diff := cmp.Diff([]string{"a", "b"}, ids(t, lease.NewFinder(m, nil))); diff != "" {
					t.Fatal(diff)
				}
			}
			if err := a.Release(t.Context()); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([]string{"b"}, ids(t, f)); diff != "" {
				t.Error(diff)
			}
			if err := errors.Join(b.Release(t.Context()), b.Release(t.Context())); err != nil || ids(t, f) != nil {
				t.Errorf("%v, %v", err, ids(t, f))
			}
			before := m.moved()
			time.Sleep(time.Hour)
			if m.moved() != before {
				t.Error("a lease was renewed after its end")
			}
		})
	}
}

// TestWait: who waits goes on when the lease is released, not before; a run that
// was killed is waited for a few minutes and then not found again; one whose
// renewals fail for a while is not taken for dead.
func TestWait(t *testing.T) {
	t.Parallel()
	wait := func(t *testing.T, f *lease.Finder) (released bool, took time.Duration) {
		t.Helper()
		runs, err := f.Runs(t.Context())
		if err != nil || len(runs) != 1 {
			t.Fatalf("%v, %v", runs, err)
		}
		begin := time.Now()
		released, err = f.Wait(t.Context(), runs[0])
		if err != nil {
			t.Fatal(err)
		}
		return released, time.Since(begin)
	}
	t.Run("released", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			m := newMemory(0)
			h := take(t, m, "a")
			time.AfterFunc(20*time.Minute, func() { _ = h.Release(context.WithoutCancel(t.Context())) })
			if released, took := wait(t, lease.NewFinder(m, nil)); !released || took < 20*time.Minute || took > 21*time.Minute {
				t.Errorf("%v after %v", released, took)
			}
		})
	})
	t.Run("killed", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			m := newMemory(0)
			h := take(t, m, "a")
			m.failing(func(call string) error {
				if call == "move" || call == "push" {
					return errors.New("killed")
				}
				return nil
			})
			f := lease.NewFinder(m, nil)
			if released, took := wait(t, f); released || took < lease.Dead || took > 2*lease.Dead {
				t.Errorf("%v after %v", released, took)
			}
			if got := ids(t, f); got != nil {
				t.Errorf("found again: %v", got)
			}
			time.Sleep(2 * time.Hour)
			if got := ids(t, lease.NewFinder(m, nil)); got != nil {
				t.Errorf("found after its limit: %v", got)
			}
			m.failing(func(string) error { return nil })
			if err := h.Release(t.Context()); err != nil {
				t.Error(err)
			}
		})
	})
	t.Run("a bad connection", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			m, n := newMemory(0), 0
			m.failing(func(call string) error {
				if call == "move" {
					if n++; n%3 > 0 {
						return errors.New("unreachable")
					}
				}
				return nil
			})
			h := take(t, m, "a")
			time.AfterFunc(50*time.Minute, func() { _ = h.Release(context.WithoutCancel(t.Context())) })
			if released, took := wait(t, lease.NewFinder(m, nil)); !released || took < 50*time.Minute {
				t.Errorf("%v after %v", released, took)
			}
		})
	})
	t.Run("interrupted", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			m := newMemory(0)
			h := take(t, m, "a")
			ctx, cancel := context.WithTimeoutCause(t.Context(), time.Minute, errors.New("enough"))
			defer cancel()
			if _, err := lease.NewFinder(m, nil).Wait(ctx, h.Run); err == nil || err.Error() != "enough" {
				t.Error(err)
			}
			_ = h.Release(t.Context())
		})
	})
}

// TestTakeFails: a lease that could not be taken is none, and what others put there
// is no run.
func TestTakeFails(t *testing.T) {
	t.Parallel()
	m := newMemory(0)
	m.failing(func(call string) error {
		if call == "created" {
			return errors.New("denied")
		}
		return nil
	})
	if _, err := lease.Take(t.Context(), m, lease.Lease{ID: "a"}, nil); err == nil || err.Error() != "denied" {
		t.Error(err)
	}
	m.failing(func(string) error { return nil })
	if _, err := lease.Take(t.Context(), m, lease.Lease{ID: "not/a tag"}, nil); err == nil || !strings.Contains(err.Error(), "not/a tag") {
		t.Error(err)
	}
	for tag, labels := range map[string]map[string]string{
		"lease-b": {"dev.gcpdeploy.lease": "no JSON"}, "lease-c": {}, "latest": {"dev.gcpdeploy.lease": `{"id":"c","limit":3600000000000}`},
	} {
		if _, err := m.PushNote(t.Context(), plan.Leases, tag, labels); err != nil {
			t.Fatal(err)
		}
	}
	if got := ids(t, lease.NewFinder(m, nil)); got != nil {
		t.Error(got)
	}
	m.failing(func(call string) error {
		if call == "tags" {
			return errors.New("denied")
		}
		return nil
	})
	if _, err := lease.NewFinder(m, nil).Runs(t.Context()); err == nil {
		t.Error("who may not look is told that nobody is there")
	}
}

// TestOneWins: of any number of runs that take a lease for the same in the same
// moment, and look then, one finds itself the oldest; and all others find that one.
func TestOneWins(t *testing.T) {
	t.Parallel()
	for range 50 {
		m := newMemory(0)
		first := make(chan string)
		for i := range 8 {
			go func() {
				h, err := lease.Take(t.Context(), m, lease.Lease{ID: fmt.Sprint("run", i), Tags: []string{"wheels-1"}}, nil)
				if err != nil {
					t.Error(err)
					first <- ""
					return
				}
				runs, err := lease.NewFinder(m, nil).Runs(t.Context())
				if err != nil {
					t.Error(err)
				}
				r, _ := lease.Oldest(runs, "wheels-1")
				t.Cleanup(func() { _ = h.Release(context.WithoutCancel(t.Context())) })
				first <- r.ID
			}()
		}
		var seen []string
		for range 8 {
			seen = append(seen, <-first)
		}
		slices.Sort(seen)
		if seen = slices.Compact(seen); len(seen) != 1 || seen[0] == "" {
			t.Fatalf("the oldest is %v", seen)
		}
	}
}
