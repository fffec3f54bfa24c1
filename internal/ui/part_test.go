package ui_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gcpdeploy/gcpdeploy/internal/ui"
)

// TestParts: whose a line is, it says itself, and all stand in one column.
func TestParts(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	whole := ui.NewHuman(ui.Streams{Err: &out}, false, time.Now)
	whole.Room("api", "worker")
	whole.Head("2 services")
	api, worker := ui.Part(whole, "api"), ui.Part(whole, "worker")
	api.Head("api → Cloud Run")
	api.Start("push-testenv")
	worker.Start("test")
	worker.Log("test", "1 failed")
	api.Log("push-testenv", "pushing")
	api.Done(ui.Stage{Name: "push-testenv", Status: "hit"})
	api.Close()
	worker.Fail(ui.Stage{Name: "test"})
	worker.Warn("look")
	whole.Close()
	want := `2 services
  api → Cloud Run
  api/push-testenv      hit
  worker/test           failed
    1 failed
warning: worker: look
`
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Error(diff)
	}
}
