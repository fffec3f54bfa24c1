package registry_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/codes"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator"
	emuregistry "github.com/gcpdeploy/gcpdeploy/gcp/emulator/registry"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

func TestDigest(t *testing.T) {
	t.Parallel()
	f := ready(t)
	want := f.push(t, "runtime", "key", image(t, nil, map[string]string{"a": "1"}))
	for _, tt := range []struct {
		image, tag, want string
	}{
		{"runtime", "key", want}, {"runtime", "other", ""}, {"wheels", "key", ""},
	} {
		got, ok, err := f.Digest(t.Context(), tt.image, tt.tag)
		if got != tt.want || ok != (tt.want != "") || err != nil {
			t.Errorf("%s:%s = %q, %v, %v", tt.image, tt.tag, got, ok, err)
		}
	}
	emulator.Get[*emuregistry.Server](f.server).Faults.Fail("GetTag", 2, codes.Unavailable)
	if _, ok, err := f.Digest(t.Context(), "runtime", "key"); !ok || err != nil {
		t.Errorf("after two failures: %v, %v", ok, err)
	}
	// Denied is never a miss: a miss would build for half an hour.
	emulator.Get[*emuregistry.Server](f.server).Faults.Fail("GetTag", 1, codes.PermissionDenied)
	if _, ok, err := f.Digest(t.Context(), "runtime", "key"); ok || errs.KindOf(err) != errs.Auth {
		t.Errorf("denied: %v, %v (%v)", ok, err, errs.KindOf(err))
	}
}

func TestTags(t *testing.T) {
	t.Parallel()
	f := ready(t)
	ctx := t.Context()
	one := f.push(t, "wheels", "run-1", image(t, nil, map[string]string{"a": "1"}))
	two := f.push(t, "wheels", "run-2", image(t, nil, map[string]string{"a": "2"}))
	if d, created, err := f.CreateTag(ctx, "wheels", "key", one); d != one || !created || err != nil {
		t.Errorf("first: %q, %v, %v", d, created, err)
	}
	if d, created, err := f.CreateTag(ctx, "wheels", "key", two); d != one || created || err != nil {
		t.Errorf("second adopts: %q, %v, %v", d, created, err)
	}
	if err := f.MoveTag(ctx, "wheels", "key", two); err != nil {
		t.Errorf("move: %v", err)
	}
	if err := f.MoveTag(ctx, "wheels", "new", two); err != nil {
		t.Errorf("move to a new tag: %v", err)
	}
	if err := f.MoveTag(ctx, "wheels", "key", "sha256:"+strings.Repeat("0", 64)); errs.KindOf(err) != errs.NotFound {
		t.Errorf("move to nothing: %v (%v)", err, errs.KindOf(err))
	}
	tags, err := f.Tags(ctx, "wheels")
	if diff := cmp.Diff(map[string]string{"run-1": one, "run-2": two, "key": two, "new": two}, tags); diff != "" || err != nil {
		t.Errorf("%v, -want +got:\n%s", err, diff)
	}
	for range 2 {
		if err := f.DeleteTag(ctx, "wheels", "new"); err != nil {
			t.Errorf("delete: %v", err)
		}
	}
	if _, ok, err := f.Digest(ctx, "wheels", "new"); ok || err != nil {
		t.Errorf("deleted: %v, %v", ok, err)
	}
	if tags, err := f.Tags(ctx, "nothing"); len(tags) > 0 || err != nil {
		t.Errorf("no such image: %v, %v", tags, err)
	}
	images, err := f.Images(ctx)
	if len(images) != 2 || err != nil {
		t.Errorf("images: %v, %v", images, err)
	}
	if _, _, err := f.CreateTag(ctx, "wheels", "lost", "sha256:"+strings.Repeat("0", 64)); err == nil {
		t.Error("a tag of nothing was created")
	}
}

func TestCreateTagAtOnce(t *testing.T) {
	t.Parallel()
	f := ready(t)
	var mu sync.Mutex
	var winners []string
	got := map[string]bool{}
	var g sync.WaitGroup
	for i := range 8 {
		mine := f.push(t, "runtime", fmt.Sprint("run-", i), image(t, nil, map[string]string{"a": fmt.Sprint(i)}))
		g.Go(func() {
			d, created, err := f.CreateTag(t.Context(), "runtime", "key", mine)
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				t.Error(err)
			}
			got[d] = true
			if created {
				winners = append(winners, mine)
			}
		})
	}
	g.Wait()
	if len(winners) != 1 || len(got) != 1 || !got[winners[0]] {
		t.Errorf("winners %v, adopted %v", winners, got)
	}
}

// TestMoveTagAtOnce holds that a tag always points to one of the two, whoever
// looks while it is made and moved.
func TestMoveTagAtOnce(t *testing.T) {
	t.Parallel()
	f := ready(t)
	ctx := t.Context()
	digests := map[string]bool{}
	var mine []string
	for i := range 4 {
		d := f.push(t, "runtime", fmt.Sprint("run-", i), image(t, nil, map[string]string{"a": fmt.Sprint(i)}))
		mine, digests[d] = append(mine, d), true
	}
	var g sync.WaitGroup
	for _, d := range mine {
		g.Go(func() {
			for range 10 {
				if err := f.MoveTag(ctx, "runtime", "key", d); err != nil {
					t.Error(err)
				}
				if now, ok, err := f.Digest(ctx, "runtime", "key"); !ok || !digests[now] || err != nil {
					t.Errorf("the tag is at %q, %v, %v", now, ok, err)
				}
			}
		})
	}
	g.Wait()
}
