package run_test

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"cloud.google.com/go/run/apiv2/runpb"
	"google.golang.org/protobuf/proto"

	"github.com/gcpdeploy/gcpdeploy/gcp"
	"github.com/gcpdeploy/gcpdeploy/gcp/run"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/poll"
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

// TestUpdateAmongMany: thirty others who change a service at the same time keep nobody from
// changing it, too. What does so without an end is told.
func TestUpdateAmongMany(t *testing.T) {
	t.Parallel()
	at := release.Spec{Project: "p", Region: "europe-west1", Service: "hello"}
	for _, others := range []int{90, math.MaxInt} {
		s := &cloudRun{service: apply(nil, run.Merge(nil, desired()))}
		n := 0
		s.before = func(call string) error {
			if call == "update" && n < others {
				n++
				s.service.Etag = fmt.Sprint("theirs ", n)
			}
			return nil
		}
		pause := time.Second
		if others > 90 {
			pause = time.Minute
		}
		c := run.New(access(t, s, func(c *gcp.Config) { c.Poll = poll.Backoff{Initial: pause} }))
		operation, err := c.Update(t.Context(), at, "changing", func(observed *runpb.Service) (*runpb.Service, error) {
			return proto.CloneOf(observed), nil
		})
		if want := errs.Transient; others > 90 && (errs.KindOf(err) != want || !strings.Contains(err.Error(), "keeps changing")) || others == 90 && (err != nil || operation == "") {
			t.Errorf("%d others: %q, %v", others, operation, err)
		}
	}
}
