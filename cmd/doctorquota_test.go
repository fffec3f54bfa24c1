package cmd_test

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"google.golang.org/grpc/codes"

	"github.com/gcpdeploy/gcpdeploy/gcp"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/serviceusage"
	"github.com/gcpdeploy/gcpdeploy/gcp/worker"
)

// held is a worker whose builds run until they are let go.
type held struct{ began, let chan struct{} }

func (h held) Step(ctx context.Context, _ worker.StepRequest) (int, error) {
	h.began <- struct{}{}
	select {
	case <-h.let:
	case <-ctx.Done():
	}
	return 0, nil
}

// TestDoctorQuota: doctor says how many CPUs builds have left, and what is wrong with
// machines and instances that the project's quotas have no room for.
func TestDoctorQuota(t *testing.T) {
	t.Parallel()
	h := held{make(chan struct{}), make(chan struct{})}
	t.Cleanup(func() { close(h.let) })
	c := newCloud(t, emulator.Options{Executor: h})
	c.want(t, 0, "", "setup --yes")
	a := gcp.New(gcp.Config{Endpoints: gcp.Endpoints{Base: c.URL()}, TokenFile: c.TokenFile()})
	t.Cleanup(func() { _ = a.Close() })
	post := func(api gcp.API, path, body string, args ...any) {
		t.Helper()
		if err := gcp.NewJSON(a, api).Call(t.Context(), "preparing", http.MethodPost, path, jsonText(fmt.Sprintf(body, args...)), nil); err != nil {
			t.Fatal(err)
		}
	}
	lower := func(api, metric, unit, region string, to int) {
		t.Helper()
		post(gcp.ServiceUsage, "v1beta1/projects/my-project/services/"+api+"/consumerQuotaMetrics:importConsumerOverrides",
			`{"force":true,"inlineSource":{"overrides":[{"metric":%q,"unit":%q,"overrideValue":"%d","dimensions":{"region":%q}}]}}`, api+"/"+metric, unit, to, region)
	}
	cpus := func(region string, to int) {
		t.Helper()
		lower("cloudbuild.googleapis.com", "concurrent_public_pool_build_cpus", "1/{project}/{region}/{build_origin}", region, to)
	}
	settings := func(text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(c.dir, "gcpdeploy.yaml"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	quiet := func(what string) {
		t.Helper()
		if got := c.want(t, 0, "", "doctor"); strings.Contains(got, " quota ") {
			t.Errorf("%s:\n%s", what, got)
		}
	}
	const page = "→ https://console.cloud.google.com/iam-admin/quotas?service="

	c.want(t, 0, "", "doctor", "✓ quota", "builds in europe-west1: 0 of 100 CPUs in use")
	cpus("europe-west1", 10)
	cpus("us-east1", 1)
	c.want(t, 0, "", "doctor", "✓ quota", "builds in europe-west1: 0 of 10 CPUs in use")
	for _, options := range []string{`"machineType":"E2_HIGHCPU_8"`, `"pool":{"name":"projects/my-project/locations/europe-west1/workerPools/pool"}`} {
		post(gcp.CloudBuild, "v1/projects/my-project/locations/europe-west1/builds", `{"steps":[{"name":"busybox"}],"options":{"logging":"NONE",%s}}`, options)
		<-h.began
	}
	c.want(t, 0, "", "doctor", "✓ quota", "builds in europe-west1: 8 of 10 CPUs in use")

	settings("build: {machine_type: E2_HIGHCPU_8}\n")
	c.want(t, 0, "", "doctor", "⚠ quota", "8 of 10 CPUs in use; the next build, with 8, waits for those that run", page+"cloudbuild.googleapis.com&project=my-project")
	settings("build: {machine_type: E2_HIGHCPU_32}\n")
	c.want(t, 1, "", "doctor", "✗ quota", "builds in europe-west1: a build has a machine with 32 CPUs, and the project's limit is 10, so none ever runs", page)
	settings("build: {region: us-east1}\n")
	c.want(t, 1, "", "doctor", "✗ quota", "builds in us-east1: a build has a machine with 2 CPUs, and the project's limit is 1")
	cpus("us-east1", -1)
	c.want(t, 0, "", "doctor", "builds in us-east1: 0 of 100 CPUs in use")
	cpus("us-east1", 0)
	c.want(t, 1, "", "doctor", "✗ quota", "the project's limit is 0")
	settings("build: {region: global}\n")
	quiet("of builds in global their number is limited")
	settings("build: {pool: projects/my-project/locations/europe-west1/workerPools/pool}\n")
	quiet("a pool's machines are not known")

	settings("build: {region: global}\nrun: {max_instances: 25, cpu: 8, memory: 4Gi}\n")
	quiet("200 CPUs are within the limit")
	lower("run.googleapis.com", "cpu_allocation", "1/min/{project}/{region}", "europe-west1", 20_000)
	c.want(t, 0, "", "doctor", "⚠ quota", "run.max_instances is 25, and so many with 8 CPUs each are 200 CPUs, more than the project's 20 CPUs in europe-west1: no more than 2 can run", page+"run.googleapis.com&project=my-project")
	settings("build: {region: global}\nrun: {max_instances: 25}\n")
	c.want(t, 0, "", "doctor", "⚠ quota", "so many with 1 CPU each, which is what Cloud Run gives, are 25 CPUs")
	settings("build: {region: global}\nrun: {max_instances: 40, cpu: 500m, concurrency: 1}\n")
	quiet("20 CPUs are all that there are")

	// What cannot be seen is no fault of a deploy.
	settings("run: {max_instances: 2}\n")
	emulator.Get[*serviceusage.Server](c.Server).Faults.Fail("ListConsumerQuotaMetrics", 2, codes.PermissionDenied)
	c.want(t, 0, "", "doctor", "· quota", "builds in europe-west1: the limit cannot be seen: ", "Cloud Run in europe-west1: the limit cannot be seen: ")
	emulator.Get[*serviceusage.Server](c.Server).Faults.Fail("ListConsumerQuotaMetrics", 2, codes.NotFound)
	c.want(t, 0, "", "doctor --json", `{"name":"quota","mark":"unknown","text":"builds in europe-west1: the limit cannot be seen`)
}

// jsonText is JSON as it is.
type jsonText string

func (j jsonText) MarshalJSON() ([]byte, error) { return []byte(j), nil }
