package run_test

import (
	"errors"
	"slices"
	"testing"

	"cloud.google.com/go/run/apiv2/runpb"
	"google.golang.org/protobuf/proto"

	"github.com/gcpdeploy/gcpdeploy/gcp/run"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

// TestUpdate holds that a change is made on the service as it is, whoever else
// changes it meanwhile, and that none may be wanted.
func TestUpdate(t *testing.T) {
	t.Parallel()
	at := release.Spec{Project: "p", Region: "europe-west1", Service: "hello"}
	s := &cloudRun{service: apply(nil, run.Merge(nil, desired()))}
	s.before = func(call string) error {
		if call == "update" && s.service.GetLabels()["theirs"] == "" { // somebody is faster
			s.service.Etag, s.service.Labels = "another", map[string]string{"theirs": "1"}
		}
		return nil
	}
	c := connect(t, s)
	operation, err := c.Update(t.Context(), at, "changing", func(observed *runpb.Service) (*runpb.Service, error) {
		wanted := proto.CloneOf(observed)
		wanted.Description = "ours"
		return wanted, nil
	})
	if err != nil || operation == "" || s.service.GetDescription() != "ours" || s.service.GetLabels()["theirs"] == "" {
		t.Errorf("%q, %v: %v", operation, err, s.service)
	}
	if want := []string{"get", "update", "get", "update"}; !slices.Equal(s.calls, want) {
		t.Errorf("calls %q, want %q", s.calls, want)
	}
	s.calls = nil
	refused := errors.New("no")
	for _, answer := range []error{nil, refused} {
		operation, err := c.Update(t.Context(), at, "changing", func(*runpb.Service) (*runpb.Service, error) { return nil, answer })
		if operation != "" || !errors.Is(err, answer) {
			t.Errorf("%v: %q, %v", answer, operation, err)
		}
	}
	if want := []string{"get", "get"}; !slices.Equal(s.calls, want) {
		t.Errorf("calls %q, want %q", s.calls, want)
	}
}
