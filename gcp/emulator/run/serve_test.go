package run_test

import (
	"strings"
	"testing"

	"cloud.google.com/go/run/apiv2/runpb"
	spb "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/fieldmaskpb"
)

func statusError(s *spb.Status) error { return status.FromProto(s).Err() }

func TestDeployServeUpdate(t *testing.T) {
	t.Parallel()
	e := start(t, withDocker(t))
	one, err := e.create("hello", service(echo("one")))
	if err != nil {
		t.Fatal(err)
	}
	if one.GetTerminalCondition().GetState() != runpb.Condition_CONDITION_SUCCEEDED || one.GetReconciling() ||
		one.GetGeneration() != 1 || one.GetObservedGeneration() != 1 || one.GetLatestReadyRevision() != one.GetLatestCreatedRevision() {
		t.Errorf("after create: %v", one)
	}
	if !strings.HasPrefix(one.GetUri(), "http://127.0.0.1:") || len(one.GetUrls()) != 2 || one.GetUrls()[1] != "http://hello.localhost:8123" {
		t.Errorf("uri %q, urls %q", one.GetUri(), one.GetUrls())
	}
	code, body, h := fetch(t, one.GetUri(), "")
	revision := one.GetLatestReadyRevision()[strings.LastIndexByte(one.GetLatestReadyRevision(), '/')+1:]
	if code != 200 || body != "one" || h.Get("X-PORT") != "8080" || h.Get("X-K-SERVICE") != "hello" ||
		h.Get("X-K-CONFIGURATION") != "hello" || h.Get("X-K-REVISION") != revision || "http://"+h.Get("X-Host") != one.GetUri() {
		t.Errorf("GET = %d %q %v", code, body, h)
	}
	two, err := e.update(&runpb.UpdateServiceRequest{Service: func() *runpb.Service {
		s := service(echo("two"))
		s.Name, s.Etag = one.GetName(), one.GetEtag()
		return s
	}()})
	if err != nil {
		t.Fatal(err)
	}
	if _, body, _ := fetch(t, two.GetUri(), ""); body != "two" || two.GetUri() != one.GetUri() {
		t.Errorf("after update: %q at %s, before at %s", body, two.GetUri(), one.GetUri())
	}
}

// shortName is the last part of a name.
func shortName(name string) string { return name[strings.LastIndexByte(name, '/')+1:] }

// updated is an update to a new container, with everything else default.
func updated(name string, c *runpb.Container) *runpb.UpdateServiceRequest {
	s := service(c)
	s.Name = name
	return &runpb.UpdateServiceRequest{Service: s}
}

// routed is an update of the traffic alone.
func routed(name string, traffic ...*runpb.TrafficTarget) *runpb.UpdateServiceRequest {
	return &runpb.UpdateServiceRequest{Service: &runpb.Service{Name: name, Traffic: traffic}, UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"traffic"}}}
}
