package stock

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gcpdeploy/gcpdeploy/internal/inventory"
	"github.com/gcpdeploy/gcpdeploy/internal/key"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

// shelf is a registry whose surroundings can change at any call.
type shelf struct {
	mu      sync.Mutex
	uses    []release.Use
	builds  []inventory.Build
	tags    map[string][]string // by digest; none = gone
	fails   map[string]error
	parts   map[string]bool
	looks   int
	deleted []string
	each    func(*shelf) // runs at each look at the builds
}

var (
	_ Users   = (*shelf)(nil)
	_ Remover = (*shelf)(nil)
)

func (s *shelf) Uses(context.Context) ([]release.Use, error) { return s.uses, s.fails["users"] }

func (s *shelf) Builds(context.Context) ([]inventory.Build, error) {
	s.looks++
	if s.each != nil {
		s.each(s)
	}
	return s.builds, nil
}

func (s *shelf) Tagged(_ context.Context, _, digest string) ([]string, bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	tags, ok := s.tags[digest]
	return tags, ok, nil
}

func (s *shelf) DeleteImage(_ context.Context, image, digest string) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.fails[digest]; err != nil || s.parts[digest] {
		return false, err
	}
	s.deleted = append(s.deleted, image)
	return true, nil
}

func TestRemove(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 20, 12, 0, 0, 0, time.UTC)
	hash := func(name string) string { return key.Sum([]byte(name)) }
	digest := func(name string) string { return "sha256:" + hash(name) }
	label := fmt.Sprintf(`{"wheels":{"key":%q},"runtime":{"key":%q}}`, hash("W"), hash("R"))
	stock := func() inventory.Stock {
		var st inventory.Stock
		for _, i := range []struct{ pkg, tag string }{{plan.Wheels, "W"}, {plan.Runtime, "R"}, {"hello", "A"}} {
			st.Images = append(st.Images, inventory.Image{
				Package: i.pkg, Digest: digest(i.tag), Tags: []string{hash(i.tag)}, Uploaded: now.AddDate(0, -1, 0), Labels: map[string]string{plan.Label: label},
			})
		}
		return st
	}
	denied := errors.New("denied")
	used := []release.Use{{Service: "hello", Images: []string{"host/p/r/hello@" + digest("A")}}}
	for _, tt := range []struct {
		name    string
		change  func(*shelf)
		deleted string
		ends    []string
		err     error
	}{
		{name: "all, what was made from others first", change: func(*shelf) {}, deleted: "hello runtime wheels", ends: []string{"hello", "runtime", "wheels"}},
		{name: "used since", change: func(s *shelf) { s.uses = used }, ends: []string{"hello: hello runs it", "runtime: hello@", "wheels: hello@"}},
		{name: "used after the first phase", change: func(s *shelf) {
			s.each = func(s *shelf) {
				if s.looks == 2 {
					s.builds = []inventory.Build{{ID: "7", Began: now, Names: []string{hash("R")}}}
				}
			}
		}, deleted: "hello wheels", ends: []string{"hello", "runtime: build 7", "wheels"}},
		{name: "a tag more", change: func(s *shelf) { s.tags[digest("R")] = []string{hash("R"), "prod"} }, deleted: "hello wheels", ends: []string{"hello", "runtime: its tags have changed", "wheels"}},
		{name: "a tag that moved", change: func(s *shelf) { s.tags[digest("R")] = nil }, deleted: "hello wheels", ends: []string{"hello", "runtime: its tags have changed", "wheels"}},
		{name: "gone", change: func(s *shelf) { delete(s.tags, digest("W")) }, deleted: "hello runtime", ends: []string{"hello", "runtime", "wheels: it is gone"}},
		{name: "one fails", change: func(s *shelf) { s.fails[digest("A")] = denied }, deleted: "runtime wheels", ends: []string{"hello! denied", "runtime", "wheels"}},
		{name: "a part", change: func(s *shelf) { s.parts = map[string]bool{digest("A"): true} }, deleted: "runtime wheels", ends: []string{"hello: an index", "runtime", "wheels"}},
		{name: "nobody says who uses what", change: func(s *shelf) { s.fails["users"] = denied }, err: denied},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := &shelf{tags: map[string][]string{}, fails: map[string]error{}}
			for _, i := range stock().Images {
				s.tags[i.Digest] = i.Tags
			}
			tt.change(s)
			rules := inventory.Rules{Now: now}
			got, err := Keeper{Users: s, Remover: s}.remove(t.Context(), stock(), rules, stock().Prune(rules), func(inventory.Image) {})
			if !errors.Is(err, tt.err) {
				t.Errorf("err = %v, want %v", err, tt.err)
			}
			if diff := cmp.Diff(tt.deleted, strings.Join(s.deleted, " ")); diff != "" {
				t.Errorf("deleted, -want +got:\n%s", diff)
			}
			if len(got) != len(tt.ends) {
				t.Fatalf("%+v, want %q", got, tt.ends)
			}
			for n, r := range got {
				text := r.Image.Package
				if r.Stays != "" {
					text += ": " + r.Stays
				}
				if r.Err != nil {
					text += "! " + r.Err.Error()
				}
				if want := tt.ends[n]; text != want && (want == r.Image.Package || !strings.HasPrefix(text, want)) {
					t.Errorf("%q, want %q", text, want)
				}
			}
		})
	}
}

// TestRemoveStopped: what was removed before the stop is told.
func TestRemoveStopped(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancel(t.Context())
	st := inventory.Stock{Images: []inventory.Image{{Package: plan.Wheels, Digest: "sha256:1"}, {Package: plan.TestEnv, Digest: "sha256:2"}}}
	s := &shelf{tags: map[string][]string{"sha256:1": nil, "sha256:2": nil}}
	rules := inventory.Rules{Now: time.Now()}
	got, err := Keeper{Users: s, Remover: s}.remove(ctx, st, rules, st.Prune(rules), func(inventory.Image) { stop() })
	if !errors.Is(err, context.Canceled) || len(got) != 1 || len(s.deleted) != 1 || s.deleted[0] != plan.TestEnv {
		t.Errorf("%+v, %v, deleted %v", got, err, s.deleted)
	}
}
