package run_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"cloud.google.com/go/run/apiv2/runpb"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/frame"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/run"
	"github.com/gcpdeploy/gcpdeploy/internal/docker"
)

// noRoom is a Docker that has every image and can create no container.
type noRoom struct{ frame.Containers }

func (noRoom) InspectImage(context.Context, string) (docker.Image, bool, error) {
	return docker.Image{ID: "sha256:1"}, true, nil
}
func (noRoom) HasImage(context.Context, string) (bool, error)  { return true, nil }
func (noRoom) Pull(context.Context, string, docker.Auth) error { return nil }
func (noRoom) Create(context.Context, docker.Container) (string, error) {
	return "", errors.New("no room")
}
func (noRoom) List(context.Context, map[string]string) ([]docker.Summary, error) {
	return nil, nil
}

// TestUpdateWhileStarting: a service changes while containers of earlier
// revisions are still being made. The race detector is the judge.
func TestUpdateWhileStarting(t *testing.T) {
	t.Parallel()
	e := start(t, run.Config{Docker: noRoom{}})
	svc, _ := e.create("hello", service(&runpb.Container{Image: image}))
	name := parent + "/services/hello"
	if svc != nil {
		t.Fatal("a container without room")
	}
	for i := range 40 {
		c := &runpb.Container{Image: image, Args: []string{fmt.Sprint(i)}}
		if _, err := e.services.UpdateService(t.Context(), updated(name, c)); err != nil {
			t.Fatal(err)
		}
	}
}
