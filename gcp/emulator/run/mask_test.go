package run_test

import (
	"strings"
	"testing"
	"time"

	"cloud.google.com/go/run/apiv2/runpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/run"
)

func TestMaskKeepsTheRest(t *testing.T) {
	t.Parallel()
	e := start(t, run.Config{})
	s := service(&runpb.Container{Image: image})
	s.Labels, s.Description = map[string]string{"team": "a"}, "mine"
	_, _ = e.create("hello", s) // its rollout fails without Docker
	name := parent + "/services/hello"
	before := e.get(name)
	_, _ = e.update(&runpb.UpdateServiceRequest{
		Service:    &runpb.Service{Name: name, Description: "ignored", Template: &runpb.RevisionTemplate{Timeout: durationpb.New(time.Minute)}, Labels: map[string]string{"team": "b"}},
		UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"labels", "template.timeout"}},
	})
	after := e.get(name)
	if after.GetLabels()["team"] != "b" || after.GetDescription() != "mine" || after.GetTemplate().GetTimeout().GetSeconds() != 60 ||
		after.GetTemplate().GetContainers()[0].GetImage() != image || after.GetGeneration() != 2 || after.GetEtag() == before.GetEtag() ||
		after.GetLatestCreatedRevision() == before.GetLatestCreatedRevision() || after.GetUid() != before.GetUid() {
		t.Errorf("after: %v", after)
	}
	_, _ = e.update(&runpb.UpdateServiceRequest{Service: &runpb.Service{Name: name}, UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"labels"}}})
	if again := e.get(name); len(again.GetLabels()) != 0 || again.GetLatestCreatedRevision() != after.GetLatestCreatedRevision() {
		t.Errorf("labels alone: %v", again)
	}
}

func TestNamedRevisions(t *testing.T) {
	t.Parallel()
	e := start(t, run.Config{})
	name := parent + "/services/hello"
	named := func(revision, image string) error {
		s := service(&runpb.Container{Image: image})
		s.Name, s.Template.Revision = name, revision
		_, err := e.services.UpdateService(t.Context(), &runpb.UpdateServiceRequest{Service: s, AllowMissing: true})
		return err
	}
	if err := named("hello-one", image); err != nil {
		t.Fatal(err)
	}
	if err := named("hello-one", image); err != nil || e.get(name).GetLatestCreatedRevision() != name+"/revisions/hello-one" {
		t.Errorf("the same again: %v", err)
	}
	err := named("hello-one", strings.Replace(image, ":1", ":2", 1))
	if status.Code(err) != codes.AlreadyExists || !strings.Contains(err.Error(), "Revision named 'hello-one' with different configuration already exists") {
		t.Errorf("another template under the same name: %v", err)
	}
	if err := named("hello-two", image); err != nil || e.get(name).GetLatestCreatedRevision() != name+"/revisions/hello-two" {
		t.Errorf("the same template under another name: %v", err)
	}
	if err := named("hello-one", image); err != nil || e.get(name).GetLatestCreatedRevision() != name+"/revisions/hello-one" {
		t.Errorf("back to the first: %v", err)
	}
}
