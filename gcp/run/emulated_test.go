package run_test

import (
	"context"
	"strings"
	"testing"

	api "cloud.google.com/go/run/apiv2"
	"cloud.google.com/go/run/apiv2/runpb"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/testing/protocmp"

	"github.com/gcpdeploy/gcpdeploy/gcp"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/gcloudtest"
	"github.com/gcpdeploy/gcpdeploy/gcp/run"
)

// emulated are emulators without Docker, on which no service comes up, how we get at
// them, and another client of theirs.
func emulated(t *testing.T) (*emulator.Server, *gcp.Access, *api.ServicesClient) {
	t.Helper()
	s, err := emulator.Start(context.WithoutCancel(t.Context()), emulator.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close(context.Background()) })
	a := gcp.New(gcp.Config{Endpoints: gcp.Endpoints{Base: s.URL()}, TokenFile: s.TokenFile()})
	t.Cleanup(func() { _ = a.Close() })
	grpc, err := a.GRPC(a.Endpoint(gcp.Run))
	if err != nil {
		t.Fatal(err)
	}
	c, err := api.NewServicesClient(t.Context(), grpc...)
	if err != nil {
		t.Fatal(err)
	}
	return s, a, c
}

// cryptoKey is the name of one.
const cryptoKey = "projects/p/locations/europe-west1/keyRings/r/cryptoKeys/k"

// needs is what Cloud Run wants to be set with a setting.
var needs = map[string]func(*run.Desired){
	"breakglass": func(d *run.Desired) { d.BinaryAuthorization = "default" },
	"gpu":        withGPU, "gpu_type": withGPU, "gpu_zonal_redundancy": withGPU,
	"post_key_revocation_action_type": func(d *run.Desired) { d.EncryptionKey = cryptoKey },
	"encryption_key_shutdown_hours": func(d *run.Desired) {
		d.EncryptionKey, d.PostKeyRevocationActionType = cryptoKey, "shut-down"
	},
}

func withGPU(d *run.Desired) { d.GPU, d.GPUType, d.CPU, d.Memory = "1", "nvidia-l4", "4", "16Gi" }

// TestSettingsOnEmulator sends each setting to the emulator, and holds that what it
// answers is what was meant: nothing to do then, and nothing left when it goes.
func TestSettingsOnEmulator(t *testing.T) {
	t.Parallel()
	_, _, c := emulated(t)
	for n, tt := range settings {
		t.Run(tt.key, func(t *testing.T) {
			wanted := func(set func(*run.Desired)) run.Desired {
				d := desired()
				d.Image, d.Service = "gcr.io/p/x@sha256:"+strings.Repeat("1", 64), "hello-"+string(rune('a'+n%26))+string(rune('a'+n/26))
				if set != nil {
					set(&d)
				}
				if with := needs[tt.key]; with != nil && set != nil {
					with(&d)
				}
				return d
			}
			// served is the service after a release.
			served := func(set func(*run.Desired)) *runpb.Service {
				t.Helper()
				d := wanted(set)
				was, err := c.GetService(t.Context(), &runpb.GetServiceRequest{Name: d.Name()})
				if status.Code(err) == codes.NotFound {
					op, err := c.CreateService(t.Context(), &runpb.CreateServiceRequest{Parent: "projects/p/locations/europe-west1", ServiceId: d.Service, Service: run.Input(run.Merge(nil, d))})
					if err != nil {
						t.Fatal(err)
					}
					_, _ = op.Wait(t.Context())
				} else {
					op, err := c.UpdateService(t.Context(), &runpb.UpdateServiceRequest{Service: run.Input(run.Merge(was, d))})
					if status.Code(err) == codes.Unimplemented {
						t.Skip(err) // the emulator says that it has none
					}
					if err != nil {
						t.Fatal(err)
					}
					_, _ = op.Wait(t.Context())
				}
				now, err := c.GetService(t.Context(), &runpb.GetServiceRequest{Name: d.Name()})
				if err != nil {
					t.Fatal(err)
				}
				return now
			}
			wish := func(s *runpb.Service) *runpb.Service {
				s = withoutOurs(s)
				delete(s.Template.Labels, "gcpdeploy-try")
				return s
			}
			bare := served(nil)
			set := served(tt.set)
			if diff := cmp.Diff(wish(bare), wish(set), protocmp.Transform()); diff == "" {
				t.Error("nothing was set")
			}
			if diff := cmp.Diff(wish(set), wish(run.Merge(set, wanted(tt.set))), protocmp.Transform(), protocmp.IgnoreEmptyMessages()); diff != "" {
				t.Errorf("set again there is something to do: -served +wanted\n%s", diff)
			}
			if diff := cmp.Diff(wish(bare), wish(served(nil)), protocmp.Transform(), protocmp.IgnoreEmptyMessages()); diff != "" {
				t.Errorf("removed: -before +after\n%s", diff)
			}
		})
	}
}

// TestGcloudsSettings holds that what the real gcloud has set is left alone, whatever we
// set and take away beside it.
func TestGcloudsSettings(t *testing.T) {
	t.Parallel()
	s, _, c := emulated(t)
	const name = "projects/p/locations/europe-west1/services/hello"
	gcloudtest.New(t, s, "p", s.TokenFile()).All(t, gcloudtest.Want{Command: "beta run deploy hello --async --region=europe-west1 --image=gcr.io/p/x:1 " +
		"--description=theirs --labels=team=a --ingress=internal --no-default-url --cpu=2 --memory=1Gi --no-cpu-throttling --cpu-boost --min=1 --max=5 " +
		"--min-instances=1 --max-instances=4 --concurrency=30 --timeout=100 --session-affinity --execution-environment=gen2 --set-env-vars=A=1 " +
		"--set-custom-audiences=https://a.example --vpc-connector=c --vpc-egress=all-traffic --liveness-probe=httpGet.path=/,periodSeconds=5 " +
		"--startup-probe=httpGet.path=/up,periodSeconds=7 --service-account=a@p.iam.gserviceaccount.com --no-deploy-health-check --use-http2 " +
		"--no-invoker-iam-check --no-allow-unauthenticated"})
	get := func() *runpb.Service {
		t.Helper()
		s, err := c.GetService(t.Context(), &runpb.GetServiceRequest{Name: name})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	wish := func(s *runpb.Service) *runpb.Service {
		s = withoutOurs(s)
		s.Client, s.ClientVersion, s.Template.Revision, s.Template.Containers[0].Image = "", "", "", ""
		delete(s.Template.Labels, "gcpdeploy-try")
		return s
	}
	theirs := get()
	for _, set := range []func(*run.Desired){
		func(*run.Desired) {},
		func(d *run.Desired) {
			d.Env, d.Labels, d.CustomAudiences, d.Annotations = texts{"OURS": "1"}, texts{"ours": "1"}, []string{"ours"}, texts{"ours": "1"}
		},
		func(*run.Desired) {},
	} {
		d := desired()
		d.Image = "gcr.io/p/x@sha256:" + strings.Repeat("1", 64)
		set(&d)
		op, err := c.UpdateService(t.Context(), &runpb.UpdateServiceRequest{Service: run.Input(run.Merge(get(), d))})
		if err != nil {
			t.Fatal(err)
		}
		_, _ = op.Wait(t.Context())
	}
	if diff := cmp.Diff(wish(theirs), wish(get()), protocmp.Transform()); diff != "" {
		t.Errorf("-gcloud's +ours:\n%s", diff)
	}
}
