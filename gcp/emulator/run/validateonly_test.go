package run_test

import (
	"strings"
	"testing"

	"cloud.google.com/go/run/apiv2/runpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/run"
)

// TestValidateOnly: what is only to be looked at is answered as it would be, and changes
// nothing.
func TestValidateOnly(t *testing.T) {
	t.Parallel()
	e := start(t, run.Config{})
	name := parent + "/services/hello"
	wanted := func(n string) *runpb.Service {
		s := service(&runpb.Container{Image: strings.Replace(image, ":1", ":"+n, 1)})
		s.Name = name
		return s
	}
	answer := func(op string, err error) {
		t.Helper()
		if err != nil || op == "" {
			t.Errorf("%q, %v", op, err)
		}
	}
	op, err := e.services.CreateService(t.Context(), &runpb.CreateServiceRequest{Parent: parent, ServiceId: "hello", Service: wanted("1"), ValidateOnly: true})
	answer(op.Name(), err)
	if s, err := op.Poll(t.Context()); err != nil || !op.Done() || s.GetName() != name || s.GetTemplate().GetTimeout() == nil {
		t.Errorf("would be %v, %v", s, err)
	}
	if n := len(e.server.Services()); n != 0 {
		t.Errorf("%d services", n)
	}
	_, _ = e.create("hello", wanted("1"))
	before := e.get(name)
	update, err := e.services.UpdateService(t.Context(), &runpb.UpdateServiceRequest{Service: wanted("2"), ValidateOnly: true})
	answer(update.Name(), err)
	if s, err := update.Poll(t.Context()); err != nil || !strings.HasSuffix(s.GetTemplate().GetContainers()[0].GetImage(), ":2") {
		t.Errorf("would be %v, %v", s, err)
	}
	gone, err := e.services.DeleteService(t.Context(), &runpb.DeleteServiceRequest{Name: name, ValidateOnly: true})
	answer(gone.Name(), err)
	bad := wanted("2")
	bad.Template.Containers[0].Resources = &runpb.ResourceRequirements{Limits: map[string]string{"cpu": "3"}}
	if _, err := e.services.UpdateService(t.Context(), &runpb.UpdateServiceRequest{Service: bad, ValidateOnly: true}); status.Code(err) != codes.InvalidArgument {
		t.Errorf("%v", err)
	}
	if after := e.get(name); !proto.Equal(before, after) {
		t.Errorf("before %v\nafter %v", before, after)
	}
}
