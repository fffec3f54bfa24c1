package emulator_test

import (
	"context"
	"strings"
	"testing"

	api "cloud.google.com/go/run/apiv2"
	"cloud.google.com/go/run/apiv2/runpb"
	"google.golang.org/api/option"

	"github.com/gcpdeploy/gcpdeploy/gcp"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/gcloudtest"
)

// TestGcloudServiceSettings: what gcloud sets of a service in v1 is there in v2, many flags
// at once, and goes again. Without Docker no revision comes up, which is not needed.
func TestGcloudServiceSettings(t *testing.T) {
	t.Parallel()
	s, err := emulator.Start(context.WithoutCancel(t.Context()), emulator.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close(context.Background()) })
	g := gcloudtest.New(t, s, "my-project", s.TokenFile())
	services := serviceClient(t, s)
	get := func() *runpb.Service {
		t.Helper()
		svc, err := services.GetService(t.Context(), &runpb.GetServiceRequest{Name: "projects/my-project/locations/europe-west1/services/hello"})
		if err != nil {
			t.Fatal(err)
		}
		return svc
	}
	const image = "europe-west1-docker.pkg.dev/my-project/g/hello:1"
	g.All(t, want{Command: "beta run deploy hello --async --region=europe-west1 --no-allow-unauthenticated --ingress=internal --no-default-url --min=1 --max=5 " +
		"--description=mine --labels=team=a --set-custom-audiences=https://a.example --no-invoker-iam-check --session-affinity --execution-environment=gen2 " +
		"--set-cloudsql-instances=my-project:europe-west1:db --vpc-egress=all-traffic --network=n --subnet=s --network-tags=x,y --timeout=100 --concurrency=30 " +
		"--add-volume=name=memory,type=in-memory,size-limit=64Mi --key=projects/p/locations/l/keyRings/r/cryptoKeys/k " +
		"--post-key-revocation-action-type=shut-down --encryption-key-shutdown-hours=2 --no-cpu-throttling --cpu-boost " +
		"--container=app --image=" + image + " --port=8081 --use-http2 --cpu=2 --memory=1Gi --set-env-vars=A=1 --set-secrets=B=key:3,/etc/keys/a=key:latest " +
		"--depends-on=beside --startup-probe=httpGet.path=/up,periodSeconds=7 --liveness-probe=httpGet.path=/live --add-volume-mount=volume=memory,mount-path=/m " +
		"--container=beside --image=" + image + " --startup-probe=tcpSocket.port=9000 --add-volume-mount=volume=memory,mount-path=/n"})
	svc := get()
	tmpl := svc.GetTemplate()
	if len(tmpl.GetContainers()) != 2 {
		t.Fatalf("%v", svc)
	}
	app, beside := tmpl.GetContainers()[0], tmpl.GetContainers()[1]
	if app.GetName() != "app" {
		app, beside = beside, app
	}
	for what, ok := range map[string]bool{
		"ingress":      svc.GetIngress() == runpb.IngressTraffic_INGRESS_TRAFFIC_INTERNAL_ONLY && svc.GetDefaultUriDisabled() && svc.GetInvokerIamDisabled(),
		"scaling":      svc.GetScaling().GetMinInstanceCount() == 1 && svc.GetScaling().GetMaxInstanceCount() == 5,
		"audiences":    strings.Join(svc.GetCustomAudiences(), " ") == "https://a.example",
		"about it":     svc.GetDescription() == "mine" && svc.GetLabels()["team"] == "a",
		"template":     tmpl.GetSessionAffinity() && tmpl.GetTimeout().GetSeconds() == 100 && tmpl.GetMaxInstanceRequestConcurrency() == 30,
		"network":      tmpl.GetVpcAccess().GetEgress() == runpb.VpcAccess_ALL_TRAFFIC && tmpl.GetVpcAccess().GetNetworkInterfaces()[0].GetSubnetwork() == "s",
		"key":          tmpl.GetEncryptionKeyRevocationAction() == runpb.EncryptionKeyRevocationAction_SHUTDOWN && tmpl.GetEncryptionKeyShutdownDuration().GetSeconds() == 7200,
		"container":    app.GetPorts()[0].GetContainerPort() == 8081 && app.GetPorts()[0].GetName() == "h2c" && !app.GetResources().GetCpuIdle() && app.GetResources().GetStartupCpuBoost(),
		"order":        strings.Join(app.GetDependsOn(), " ") == "beside",
		"probes":       app.GetStartupProbe().GetPeriodSeconds() == 7 && app.GetLivenessProbe().GetHttpGet().GetPath() == "/live" && beside.GetStartupProbe().GetTcpSocket().GetPort() == 9000,
		"secret":       app.GetEnv()[1].GetValueSource().GetSecretKeyRef().GetVersion() == "3",
		"volumes":      volumesOf(tmpl) == "database:my-project:europe-west1:db memory:64Mi secret:key",
		"mounts":       len(app.GetVolumeMounts()) == 3 && len(beside.GetVolumeMounts()) == 2,
		"standard one": beside.GetResources().GetLimits()["memory"] == "512Mi" && len(beside.GetPorts()) == 0,
	} {
		if !ok {
			t.Errorf("%s: %v", what, svc)
		}
	}
	g.All(t, want{Command: "run services describe hello --region=europe-west1", Has: []string{"/etc/keys", "key:latest", "my-project:europe-west1:db", "Container beside", "TCP every 10s"}})
	g.All(t, want{Command: "run services update hello --async --region=europe-west1 --clear-cloudsql-instances --clear-network --no-session-affinity --clear-custom-audiences " +
		"--clear-key --remove-containers=beside --remove-volume=memory --cpu-throttling --container=app --remove-secrets=B,/etc/keys/a --clear-volume-mounts --depends-on= --liveness-probe="})
	svc = get()
	tmpl = svc.GetTemplate()
	if app := tmpl.GetContainers()[0]; len(tmpl.GetContainers()) != 1 || volumesOf(tmpl) != "" || tmpl.GetVpcAccess() != nil || tmpl.GetSessionAffinity() || tmpl.GetEncryptionKey() != "" ||
		len(svc.GetCustomAudiences()) != 0 || len(app.GetVolumeMounts()) != 0 || len(app.GetDependsOn()) != 0 || !app.GetResources().GetCpuIdle() || app.GetLivenessProbe() != nil || len(app.GetEnv()) != 1 {
		t.Errorf("%v", svc)
	}
}

// volumesOf are a template's volumes in words, in the order of the alphabet.
func volumesOf(t *runpb.RevisionTemplate) string {
	var database, memory, secret string
	for _, v := range t.GetVolumes() {
		switch {
		case v.GetCloudSqlInstance() != nil:
			database = " database:" + strings.Join(v.GetCloudSqlInstance().GetInstances(), ",")
		case v.GetEmptyDir() != nil:
			memory = " memory:" + v.GetEmptyDir().GetSizeLimit()
		case v.GetSecret() != nil:
			secret = " secret:" + v.GetSecret().GetSecret()
		}
	}
	return strings.TrimSpace(database + memory + secret)
}

func serviceClient(t *testing.T, s *emulator.Server) *api.ServicesClient {
	t.Helper()
	a := gcp.New(gcp.Config{Endpoints: gcp.Endpoints{Base: s.URL()}, TokenFile: s.TokenFile()})
	t.Cleanup(func() { _ = a.Close() })
	var options []option.ClientOption
	options, err := a.GRPC(a.Endpoint(gcp.Run))
	if err != nil {
		t.Fatal(err)
	}
	c, err := api.NewServicesClient(t.Context(), options...)
	if err != nil {
		t.Fatal(err)
	}
	return c
}
