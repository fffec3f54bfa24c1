package appengine

import (
	"encoding/json"
	"testing"

	"google.golang.org/grpc/status"
)

// TestFlexible: what a version of the flexible environment cannot be.
func TestFlexible(t *testing.T) {
	t.Parallel()
	const image = `"deployment":{"container":{"image":"europe-west1-docker.pkg.dev/p/r/a@sha256:1"}}`
	split := document{"splitHealthChecks": true}
	for _, tt := range []struct{ more, refused string }{
		{``, ""},
		{`"resources":{"cpu":2,"memoryGb":12.6}`, ""},
		{`"resources":{"memoryGb":0.5}`, ""},
		{`"network":{"name":"n","subnetworkName":"s","forwardedPorts":["2222/tcp","5000:5001/udp","80"]}`, ""},
		{`"automaticScaling":{"minTotalInstances":1,"maxTotalInstances":1,"coolDownPeriod":"60s"}`, ""},
		{`"endpointsApiService":{"name":"e","rolloutStrategy":"MANAGED"}`, ""},
		{`"healthCheck":{}`, legacy},
		{`"basicScaling":{"maxInstances":1}`, "basic_scaling is not supported in the flexible environment."},
		{`"manualScaling":{"instances":0}`, "manual_scaling.instances must be at least 1, not 0."},
		{`"automaticScaling":{"minTotalInstances":0}`, "automatic_scaling.min_total_instances must be at least 1, not 0."},
		{`"automaticScaling":{"minTotalInstances":3,"maxTotalInstances":2}`, "automatic_scaling.min_total_instances, 3, must not be greater than max_total_instances, 2."},
		{`"automaticScaling":{"coolDownPeriod":"59s"}`, "automatic_scaling.cool_down_period must be at least 60 seconds, not 59s."},
		{`"automaticScaling":{"cpuUtilization":{"targetUtilization":1.5}}`, "automatic_scaling.cpu_utilization.target_utilization must be greater than 0 and at most 1, not 1.5."},
		{`"network":{"subnetworkName":"s"}`, "network.name must be set with network.subnetwork_name."},
		{`"network":{"forwardedPorts":["0"]}`, `Invalid forwarded port "0".`},
		{`"network":{"forwardedPorts":["80/sctp"]}`, `Invalid forwarded port "80/sctp".`},
		{`"resources":{"volumes":[{"name":"a","volumeType":"tmpfs","sizeGb":1},{"name":"a","volumeType":"tmpfs","sizeGb":1}]}`, `Volumes must have names of their own: "a"`},
		{`"resources":{"volumes":[{"name":"a","volumeType":"ssd","sizeGb":1}]}`, `Invalid type of volume "a": "ssd". It must be tmpfs.`},
		{`"endpointsApiService":{"name":"e"}`, "endpoints_api_service.config_id is required when rollout_strategy is FIXED or unset."},
		{`"endpointsApiService":{"name":"e","configId":"c","rolloutStrategy":"MANAGED"}`, "endpoints_api_service.config_id is forbidden when rollout_strategy is MANAGED."},
		{`"serviceAccount":"nobody"`, `Invalid service account "nobody".`},
	} {
		var doc document
		text := `{` + image + `,` + tt.more + `}`
		if tt.more == "" {
			text = `{` + image + `}`
		}
		if err := json.Unmarshal([]byte(text), &doc); err != nil {
			t.Fatal(err)
		}
		doc, err := conform(doc, "Version", false)
		if err == nil {
			err = checkFlexible(split, doc, "127.0.0.1:8085")
		}
		if got := status.Convert(err).Message(); got != tt.refused {
			t.Errorf("%s: %q, want %q", tt.more, got, tt.refused)
		}
		if err := checkSize(doc); tt.refused == "" && err != nil {
			t.Errorf("%s: %v", tt.more, err)
		}
	}
	for _, tt := range []struct {
		features, doc document
		taken         bool
	}{
		{nil, document{}, false}, {document{"splitHealthChecks": false}, document{}, false},
		{document{"splitHealthChecks": false}, document{"readinessCheck": document{"path": "/"}}, true},
		{split, document{"healthCheck": document{"disableHealthCheck": true}}, false},
	} {
		tt.doc["deployment"] = document{"container": document{"image": "gcr.io/p/a"}}
		if err := checkFlexible(tt.features, tt.doc, ""); (err == nil) != tt.taken {
			t.Errorf("%v in an application of %v: %v", tt.doc, tt.features, err)
		}
	}
}

// TestImages: which registries images are deployed from.
func TestImages(t *testing.T) {
	t.Parallel()
	for image, taken := range map[string]bool{
		"gcr.io/p/a": true, "eu.gcr.io/p/a:1": true, "mirror.gcr.io/library/python": true, "us-docker.pkg.dev/p/r/a": true, "europe-west1-docker.pkg.dev/p/r/a@sha256:1": true,
		"docker.europe-west1.rep.pkg.dev/p/r/a": true, "127.0.0.1:8085/p/r/a@sha256:1": true, "localhost:8085/p/r/a": true,
		"python": false, "docker.io/library/python": false, "127.0.0.1:8086/p/r/a": false, "gcr.io": false, "evil-gcr.io/p/a": false, "gcr.io.example.com/p/a": false,
	} {
		if err := checkImage(image, "127.0.0.1:8085"); (err == nil) != taken {
			t.Errorf("%s: %v", image, err)
		}
	}
}

// TestSizes: memory goes with CPUs, in the words that users have seen.
func TestSizes(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		cpu, memory float64
		refused     string
	}{
		{1, 0.5, ""}, {1, 6.1, ""}, {4, 25.6, ""},
		{2, 16, "App Engine Flexible validation error: Memory GB (8.20) per VCPUs must be between 0.90 and 6.50."},
		{2, 0, "App Engine Flexible validation error: Memory GB (0.50) per VCPUs must be between 0.90 and 6.50."},
	} {
		err := checkSize(document{"resources": document{"cpu": tt.cpu, "memoryGb": tt.memory}})
		if got := status.Convert(err).Message(); got != tt.refused {
			t.Errorf("%g CPUs and %g GB: %q, want %q", tt.cpu, tt.memory, got, tt.refused)
		}
	}
}
