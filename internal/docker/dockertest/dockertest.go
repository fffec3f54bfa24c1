// Package dockertest is for tests that need a real Docker engine: they skip
// without one, unless GCPDEPLOY_REQUIRE_DOCKER=1 turns that into a failure.
package dockertest

import (
	"cmp"
	"context"
	"crypto/rand"
	"os"
	"strings"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/internal/docker"
)

// Image is the test base image, with Python 3 in it: GCPDEPLOY_TEST_BASE_IMAGE,
// or gcpdeploy.local/python:3.11.
func Image() string {
	return cmp.Or(os.Getenv("GCPDEPLOY_TEST_BASE_IMAGE"), "gcpdeploy.local/python:3.11")
}

// Require gives a client of an engine that answers and has Image. Otherwise
// the test is skipped, or fails under GCPDEPLOY_REQUIRE_DOCKER=1.
func Require(t testing.TB) *docker.Client {
	t.Helper()
	c, err := docker.New()
	if err != nil {
		missing(t, err.Error())
	}
	if err := c.Ping(t.Context()); err != nil {
		missing(t, err.Error())
	}
	ok, err := c.HasImage(t.Context(), Image())
	if err != nil {
		missing(t, err.Error())
	}
	if !ok {
		missing(t, "Docker does not have the test base image "+Image())
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// Labels gives labels of this test's own, and removes what carries them when
// it ends.
func Labels(t testing.TB, c *docker.Client) map[string]string {
	t.Helper()
	labels := map[string]string{docker.Label: "test-" + strings.ToLower(rand.Text())[:10]}
	t.Cleanup(func() {
		ctx := context.WithoutCancel(t.Context())
		list, err := c.List(ctx, labels)
		if err != nil {
			t.Errorf("cleaning up: %v", err)
		}
		for _, k := range list {
			if err := c.Remove(ctx, k.ID); err != nil {
				t.Errorf("cleaning up: %v", err)
			}
		}
	})
	return labels
}

func missing(t testing.TB, why string) {
	t.Helper()
	if os.Getenv("GCPDEPLOY_REQUIRE_DOCKER") == "1" {
		t.Fatalf("GCPDEPLOY_REQUIRE_DOCKER=1: %s", why)
	}
	t.Skip(why)
}
