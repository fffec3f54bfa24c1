package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"cloud.google.com/go/run/apiv2/runpb"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/genproto/googleapis/api"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/gcloudtest"
	emurun "github.com/gcpdeploy/gcpdeploy/gcp/emulator/run"
	cloud "github.com/gcpdeploy/gcpdeploy/gcp/project"
)

const services = "projects/" + project + "/locations/" + region + "/services/"

// service is what v2 of the API says of a service.
func (w *world) service(t *testing.T, id string) *runpb.Service {
	t.Helper()
	s, err := emulator.Get[*emurun.Server](w.server).GetService(t.Context(), &runpb.GetServiceRequest{Name: services + id})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// asked is the part of a service that its users say.
func asked(s *runpb.Service) *runpb.Service {
	return &runpb.Service{Description: s.Description, Labels: s.Labels, Client: s.Client, Ingress: s.Ingress, LaunchStage: s.LaunchStage,
		Scaling: s.Scaling, InvokerIamDisabled: s.InvokerIamDisabled, Traffic: s.Traffic, Template: s.Template}
}

// TestGcloudRun: gcloud and the program work on the same services, each through
// the API that is its own, and each sees what the other did. gcloud's caller has the
// least roles for it.
func TestGcloudRun(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false, func(o *emulator.Options) { o.Rights = true })
	const ada = "user:ada@example.com"
	its := cloud.New(w.access, project)
	if err := its.Change(t.Context(), its.Itself(), func(p *cloud.Policy) bool {
		for _, role := range []string{"roles/run.admin", "roles/iam.serviceAccountUser", "roles/logging.viewer"} {
			p.Add(cloud.Grant{Role: role, Member: ada})
		}
		return true
	}); err != nil {
		t.Fatal(err)
	}
	if err := its.CreateAccount(t.Context(), "hello-app@demo.iam.gserviceaccount.com", cloud.Account{}); err != nil {
		t.Fatal(err)
	}
	g := gcloudtest.New(t, w.server, project, gcloudtest.File(t, "token", w.server.Token(ada)))
	r := w.run(t.Context(), w.app).wait(t, 0)
	const at = " --region=" + region

	// All that gcloud's flags say is there in v2, and nothing else.
	g.All(t,
		gcloudtest.Want{Command: "run deploy second --image=" + r.Image + " --memory=1Gi --cpu=2 --no-cpu-throttling --set-env-vars=A=b,C=d --min=2 --min-instances=1 " +
			"--max-instances=7 --concurrency=9 --timeout=77 --tag=blue --labels=team=x --ingress=internal --description=words --session-affinity --execution-environment=gen2 " +
			"--no-invoker-iam-check --port=8081 --service-account=hello-app@demo.iam.gserviceaccount.com --vpc-egress=all-traffic --network=default --command=a,b --args=c " +
			"--startup-probe=httpGet.path=/up,periodSeconds=3,timeoutSeconds=2" + at, Has: []string{"has been deployed and is serving 100 percent of traffic", "blue---second.localhost"}},
		gcloudtest.Want{Command: "run deploy broken --allow-unauthenticated --image=" + strings.Replace(r.Image, "hello@", "none@", 1) + at, Fails: true, Has: []string{"is not ready and cannot serve traffic. Image"}},
		gcloudtest.Want{Command: "run services describe hello" + at, Has: []string{r.URL, r.Revision, "100% LATEST"}},
		gcloudtest.Want{Command: "run revisions list --service=hello" + at, Has: []string{r.Revision, "hello"}},
	)
	second := w.service(t, "second")
	first := second.Template.Revision
	want := &runpb.Service{
		Description: "words", Labels: map[string]string{"team": "x"}, Client: "gcloud", Ingress: runpb.IngressTraffic_INGRESS_TRAFFIC_INTERNAL_ONLY, LaunchStage: api.LaunchStage_GA,
		Scaling: &runpb.ServiceScaling{MinInstanceCount: 2}, InvokerIamDisabled: true,
		Traffic: []*runpb.TrafficTarget{
			{Type: runpb.TrafficTargetAllocationType_TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST, Percent: 100},
			{Type: runpb.TrafficTargetAllocationType_TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION, Revision: first, Tag: "blue"},
		},
		Template: &runpb.RevisionTemplate{
			Revision: first, Labels: map[string]string{"team": "x"}, Scaling: &runpb.RevisionScaling{MinInstanceCount: 1, MaxInstanceCount: 7},
			MaxInstanceRequestConcurrency: 9, Timeout: durationpb.New(77 * time.Second), SessionAffinity: true, ServiceAccount: "hello-app@demo.iam.gserviceaccount.com",
			ExecutionEnvironment: runpb.ExecutionEnvironment_EXECUTION_ENVIRONMENT_GEN2,
			VpcAccess:            &runpb.VpcAccess{Egress: runpb.VpcAccess_ALL_TRAFFIC, NetworkInterfaces: []*runpb.VpcAccess_NetworkInterface{{Network: "default", Subnetwork: "default"}}},
			Containers: []*runpb.Container{{
				Image: r.Image, Command: []string{"a", "b"}, Args: []string{"c"}, Ports: []*runpb.ContainerPort{{Name: "http1", ContainerPort: 8081}},
				Env:       []*runpb.EnvVar{{Name: "A", Values: &runpb.EnvVar_Value{Value: "b"}}, {Name: "C", Values: &runpb.EnvVar_Value{Value: "d"}}},
				Resources: &runpb.ResourceRequirements{Limits: map[string]string{"cpu": "2", "memory": "1Gi"}, StartupCpuBoost: true},
				StartupProbe: &runpb.Probe{PeriodSeconds: 3, TimeoutSeconds: 2, FailureThreshold: 3,
					ProbeType: &runpb.Probe_HttpGet{HttpGet: &runpb.HTTPGetAction{Path: "/up", Port: 8081}}},
			}},
		},
	}
	if diff := cmp.Diff(want, asked(second), protocmp.Transform()); diff != "" {
		t.Errorf("what gcloud asked for, as v2 has it (-want +got):\n%s", diff)
	}

	// What another client has set in v2 stays when gcloud replaces the service.
	emu := emulator.Get[*emurun.Server](w.server)
	edit := &runpb.Service{Name: second.Name, Template: &runpb.RevisionTemplate{HealthCheckDisabled: true, Revision: "second-v2"}}
	if op, err := emu.UpdateService(t.Context(), &runpb.UpdateServiceRequest{Service: edit, UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"template.health_check_disabled", "template.revision"}}}); err != nil {
		t.Fatal(err)
	} else if done, ok := emu.WaitOperation(t.Context(), op.GetName()); !ok || done.GetError() != nil {
		t.Fatalf("%v, %v", done, ok)
	}
	g.All(t,
		gcloudtest.Want{Command: "run services update second --remove-env-vars=A --update-env-vars=E=f --max-instances=default --cpu-throttling" + at, Has: []string{"Done."}},
		gcloudtest.Want{Command: "run services update hello --update-env-vars=ADDED=by-hand --update-labels=team=y" + at, Has: []string{"Done."}},
		gcloudtest.Want{Command: "run services list", Has: []string{"hello", "second", "broken", r.URL}},
		gcloudtest.Want{Command: "logging read resource.labels.service_name=hello --format=value(resource.labels.revision_name,textPayload)", Has: []string{r.Revision + "\thello from container-"}},
		gcloudtest.Want{Command: "run revisions describe " + first + at, Has: []string{"Image:", r.Image, "Max instances:       7"}},
	)
	got := w.service(t, "second")
	want = proto.CloneOf(w.service(t, "second"))
	want.Template.HealthCheckDisabled = true
	want.Template.Scaling = &runpb.RevisionScaling{MinInstanceCount: 1, MaxInstanceCount: 100}
	want.Template.Containers[0].Resources.CpuIdle = true
	want.Template.Containers[0].Env = []*runpb.EnvVar{{Name: "C", Values: &runpb.EnvVar_Value{Value: "d"}}, {Name: "E", Values: &runpb.EnvVar_Value{Value: "f"}}}
	if diff := cmp.Diff(want, got, protocmp.Transform()); diff != "" {
		t.Errorf("after an update by gcloud (-want +got):\n%s", diff)
	}

	// Traffic alone makes no revision.
	latest := short(got.LatestReadyRevision)
	g.All(t,
		gcloudtest.Want{Command: "run services update-traffic second --to-revisions=" + first + "=30 --update-tags=green=" + first + " --remove-tags=blue" + at,
			Has: []string{"30% " + first, "70% LATEST (currently " + latest, "green---second"}},
		gcloudtest.Want{Command: "run revisions delete second-v2 --quiet" + at, Has: []string{"Deleted revision [second-v2]"}},
		gcloudtest.Want{Command: "run services delete broken --quiet" + at, Has: []string{"Deleted service [broken]"}},
		gcloudtest.Want{Command: "run services get-iam-policy hello" + at, Has: []string{"etag:"}},
	)
	got = w.service(t, "second")
	if n := got.TrafficStatuses; len(n) != 3 || n[0].Percent != 30 || n[1].Percent != 70 || n[2].Tag != "green" || short(got.LatestCreatedRevision) != latest {
		t.Errorf("traffic %v, latest %s", n, got.LatestCreatedRevision)
	}

	// The program goes on from where gcloud left the service.
	if err := os.WriteFile(filepath.Join(w.app, "wsgi.py"), []byte("two\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	w.run(t.Context(), w.app).wait(t, 0)
	hello := w.service(t, "hello")
	if got := w.serves(t); got.Text != "two" {
		t.Errorf("serves %+v", got)
	}
	env := hello.Template.Containers[0].Env
	if hello.Labels["team"] != "y" || hello.Client != "gcpdeploy" || hello.ClientVersion != "" || len(env) != 1 || env[0].Name != "ADDED" {
		t.Errorf("after up: labels %v, client %q %q, env %v", hello.Labels, hello.Client, hello.ClientVersion, env)
	}
}

func short(name string) string { return name[strings.LastIndexByte(name, '/')+1:] }
