package registry_test

import (
	"context"
	"strings"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/gcp"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/contract"
	"github.com/gcpdeploy/gcpdeploy/gcp/registry"
	"github.com/gcpdeploy/gcpdeploy/internal/layer"
)

// TestContract is what deploys do with a repository: keys are tags, which are made
// once, moved by a refresh, and removed.
func TestContract(t *testing.T) {
	t.Parallel()
	at := contract.At(t, contract.Plain)
	a := gcp.New(gcp.Config{Endpoints: gcp.Endpoints{Base: at.URL}, TokenFile: at.TokenFile})
	t.Cleanup(func() { _ = a.Close() })
	c, ctx := registry.New(a, at.Project, at.Region, contract.Name()), t.Context()
	t.Cleanup(func() {
		if err := c.DeleteRepository(context.Background()); err != nil {
			t.Error(err)
		}
	})
	if _, ok, err := c.Digest(ctx, "wheels", "key"); ok || err != nil {
		t.Errorf("before: %v, %v", ok, err)
	}
	for range 2 {
		if err := c.EnsureRepository(ctx, map[string]string{"a": "b"}); err != nil {
			t.Fatal(err)
		}
	}
	one, err := c.Push(ctx, "wheels", "run-1", image(t, map[string]string{"who": "one"}, map[string]string{"a.txt": "one"}))
	if err != nil {
		t.Fatal(err)
	}
	two, err := c.Push(ctx, "wheels", "run-2", image(t, map[string]string{"who": "two"}, map[string]string{"a.txt": "two"}))
	if err != nil {
		t.Fatal(err)
	}
	if now, created, err := c.CreateTag(ctx, "wheels", "key", one); now != one || !created || err != nil {
		t.Errorf("first: %s, %v, %v", now, created, err)
	}
	if now, created, err := c.CreateTag(ctx, "wheels", "key", two); now != one || created || err != nil {
		t.Errorf("a key of another run's is adopted: %s, %v, %v", now, created, err)
	}
	if d, ok, err := c.Digest(ctx, "wheels", "key"); d != one || !ok || err != nil {
		t.Errorf("%s, %v, %v", d, ok, err)
	}
	if data, err := c.ReadFile(ctx, "wheels", "key", "a.txt"); string(data) != "one" || err != nil {
		t.Errorf("%q, %v", data, err)
	}
	if labels, err := c.Labels(ctx, "wheels", two); labels["who"] != "two" || err != nil {
		t.Errorf("%v, %v", labels, err)
	}
	app, err := c.Append(ctx, "wheels", "key", "app", "run-1", aLayer(t, strings.Repeat("\x00", 1024)), layer.Config{Labels: map[string]string{"app": "1"}}) // an empty tar
	if err != nil {
		t.Fatal(err)
	}
	if data, err := c.ReadFile(ctx, "app", "run-1", "a.txt"); string(data) != "one" || err != nil {
		t.Errorf("below the layer: %q, %v", data, err)
	}
	if labels, err := c.Labels(ctx, "app", app); labels["app"] != "1" || labels["who"] != "one" || err != nil {
		t.Errorf("%v, %v", labels, err)
	}
	for range 2 {
		if err := c.MoveTag(ctx, "wheels", "key", two); err != nil {
			t.Error(err)
		}
	}
	if err := c.MoveTag(ctx, "wheels", "key", "sha256:"+strings.Repeat("0", 64)); err == nil {
		t.Error("a tag was moved to nothing")
	}
	if tags, err := c.Tags(ctx, "wheels"); err != nil || len(tags) != 3 || tags["key"] != two || tags["run-1"] != one {
		t.Errorf("%v, %v", tags, err)
	}
	at.Eventually(t, "the images", func() (bool, string) {
		images, err := c.Images(ctx)
		if err != nil {
			return false, err.Error()
		}
		return len(images) == 3, "there should be three"
	})
	for range 2 {
		if err := c.DeleteTag(ctx, "wheels", "run-1"); err != nil {
			t.Error(err)
		}
	}
	if deleted, err := c.DeleteImage(ctx, "wheels", one); !deleted || err != nil {
		t.Errorf("an image without tags: %v, %v", deleted, err)
	}
	contractNotes(t, c)
	if err := c.DeleteRepository(ctx); err != nil {
		t.Error(err)
	}
}

// contractNotes is what leases do: a tag goes to and fro between two images without
// files, and ends on a third.
func contractNotes(t *testing.T, c *registry.Client) {
	t.Helper()
	ctx := t.Context()
	first, err := c.PushNote(ctx, "leases", "lease-1", map[string]string{"a": "1"})
	if err != nil {
		t.Fatal(err)
	}
	created, err := c.Created(ctx, "leases", first)
	if err != nil || created.IsZero() {
		t.Errorf("created %v, %v", created, err)
	}
	second, err := c.PushNote(ctx, "leases", "", map[string]string{"a": "1", "b": "2"})
	if err != nil {
		t.Fatal(err)
	}
	for n, to := range []string{second, first, second} {
		if err := c.MoveTag(ctx, "leases", "lease-1", to); err != nil {
			t.Fatal(err)
		}
		if tags, err := c.Tags(ctx, "leases"); err != nil || len(tags) != 1 || tags["lease-1"] != to {
			t.Errorf("after move %d: %v, %v", n, tags, err)
		}
	}
	if labels, err := c.Labels(ctx, "leases", second); err != nil || labels["b"] != "2" {
		t.Errorf("%v, %v", labels, err)
	}
	if again, err := c.Created(ctx, "leases", first); err != nil || !again.Equal(created) {
		t.Errorf("created %v, %v, before its tag was moved %v", again, err, created)
	}
	for range 2 { // the same labels, the same image
		if end, err := c.PushNote(ctx, "leases", "lease-1", map[string]string{"ended": "yes"}); err != nil || end == first || end == second {
			t.Errorf("%s, %v", end, err)
		}
	}
}
