package run_test

import (
	"fmt"
	"testing"

	"cloud.google.com/go/iam/apiv1/iampb"
	"cloud.google.com/go/run/apiv2/runpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/run"
)

// TestResources is the API without containers: every rollout fails, and that
// is all it needs.
func TestResources(t *testing.T) {
	t.Parallel()
	e := start(t, run.Config{})
	ctx := t.Context()
	name := parent + "/services/hello"
	if _, err := e.create("hello", service(&runpb.Container{Image: image})); status.Code(err) != codes.Internal {
		t.Fatalf("create without Docker: %v", err)
	}
	svc := e.get(name)
	if svc.GetTerminalCondition().GetState() != runpb.Condition_CONDITION_FAILED || svc.GetReconciling() || svc.GetObservedGeneration() != 0 || svc.GetUid() == "" || svc.GetEtag() == "" {
		t.Errorf("after a failed create: %v", svc)
	}
	c := svc.GetTemplate().GetContainers()[0]
	if got := fmt.Sprint(c.GetPorts()[0].GetName(), c.GetPorts()[0].GetContainerPort(), c.GetResources().GetLimits(), c.GetResources().GetCpuIdle(),
		svc.GetTemplate().GetMaxInstanceRequestConcurrency(), svc.GetTemplate().GetTimeout().GetSeconds(), c.GetStartupProbe().GetTcpSocket().GetPort(), svc.GetTraffic()[0].GetPercent()); got !=
		"http18080 map[cpu:1000m memory:512Mi] true 80 300 8080 100" {
		t.Errorf("defaults: %s", got)
	}
	update := func(s *runpb.Service, paths ...string) error {
		s.Name = name
		_, err := e.services.UpdateService(ctx, &runpb.UpdateServiceRequest{Service: s, UpdateMask: &fieldmaskpb.FieldMask{Paths: paths}})
		return err
	}
	for _, tt := range []struct {
		what string
		err  error
		want codes.Code
	}{
		{"create again", func() error {
			_, err := e.services.CreateService(ctx, &runpb.CreateServiceRequest{Parent: parent, ServiceId: "hello", Service: service(&runpb.Container{Image: image})})
			return err
		}(), codes.AlreadyExists},
		{"stale etag", update(&runpb.Service{Etag: `"old"`, Description: "x"}, "description"), codes.Aborted},
		{"unknown path", update(&runpb.Service{}, "nothing"), codes.InvalidArgument},
		{"unknown path below", update(&runpb.Service{}, "template.nothing"), codes.InvalidArgument},
		{"path into a list", update(&runpb.Service{}, "traffic.percent"), codes.InvalidArgument},
		{"mask makes it invalid", update(&runpb.Service{}, "template"), codes.InvalidArgument},
		{"output path is ignored", update(&runpb.Service{Uri: "http://evil"}, "uri", "description"), codes.OK},
		{"get unknown", func() error {
			_, err := e.services.GetService(ctx, &runpb.GetServiceRequest{Name: parent + "/services/none"})
			return err
		}(), codes.NotFound},
		{"get malformed", func() error {
			_, err := e.services.GetService(ctx, &runpb.GetServiceRequest{Name: parent + "/services/../x"})
			return err
		}(), codes.InvalidArgument},
		{"update unknown", func() error {
			_, err := e.services.UpdateService(ctx, &runpb.UpdateServiceRequest{Service: &runpb.Service{Name: parent + "/services/none"}})
			return err
		}(), codes.NotFound},
		{"delete stale", func() error {
			_, err := e.services.DeleteService(ctx, &runpb.DeleteServiceRequest{Name: name, Etag: `"old"`})
			return err
		}(), codes.Aborted},
		{"revision unknown", func() error {
			_, err := e.revisions.GetRevision(ctx, &runpb.GetRevisionRequest{Name: name + "/revisions/hello-1"})
			return err
		}(), codes.NotFound},
		{"delete the latest revision", func() error {
			_, err := e.revisions.DeleteRevision(ctx, &runpb.DeleteRevisionRequest{Name: e.get(name).GetLatestCreatedRevision()})
			return err
		}(), codes.FailedPrecondition},
		{"policy of nothing", func() error {
			_, err := e.services.GetIamPolicy(ctx, &iampb.GetIamPolicyRequest{Resource: parent + "/services/none"})
			return err
		}(), codes.NotFound},
	} {
		if status.Code(tt.err) != tt.want {
			t.Errorf("%s: %v, want %v", tt.what, tt.err, tt.want)
		}
	}
	if got := e.get(name).GetUri(); got != svc.GetUri() {
		t.Errorf("an update mask set the uri to %q", got)
	}
}
