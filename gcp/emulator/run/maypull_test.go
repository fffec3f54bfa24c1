package run_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"cloud.google.com/go/run/apiv2/runpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/container"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/run"
)

// TestMayPull: that Docker has an image gives Cloud Run's account no right to it.
func TestMayPull(t *testing.T) {
	t.Parallel()
	asked := make(chan string, 1)
	e := start(t, run.Config{Docker: noRoom{}, Pull: container.Pull{Addr: "127.0.0.1:1", May: func(_ context.Context, project, image string) error {
		asked <- project + " " + image
		return errors.New("denied")
	}}})
	_, err := e.create("hello", service(&runpb.Container{Image: "127.0.0.1:1/demo/images/app@sha256:" + strings.Repeat("0", 64)}))
	if status.Code(err) != codes.PermissionDenied {
		t.Errorf("%v", err)
	}
	if got := <-asked; got != "demo demo/images/app@sha256:"+strings.Repeat("0", 64) {
		t.Errorf("asked for %q", got)
	}
}
