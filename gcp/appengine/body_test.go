package appengine

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gcpdeploy/gcpdeploy/internal/config"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

// folder is an app's folder with the files that are given, in which the target is
// chosen.
func folder(t *testing.T, files map[string]string) config.Input {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "hello")
	if err := os.Mkdir(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	lookup := func(name string) (string, bool) { return "app-engine", name == "GCPDEPLOY_TARGET" }
	return config.Input{Dir: dir, Targets: []config.Target{Kind.Config}, Lookup: func(name string) (string, bool) {
		if v, ok := lookup(name); ok {
			return v, ok
		}
		return "", false
	}}
}

// of is the release that a folder asks for.
func of(t *testing.T, files map[string]string) (release.Spec, *config.Config) {
	t.Helper()
	c, err := config.Load(folder(t, files))
	if err != nil {
		t.Fatalf("%v\n%v", err, files)
	}
	return release.Of(c), c
}

const imageOfTest = "europe-west1-docker.pkg.dev/p/r/hello@sha256:0000000000000000000000000000000000000000000000000000000000000000"

func body(t *testing.T, files map[string]string) Version {
	t.Helper()
	s, _ := of(t, files)
	o, err := optionsOf(s)
	if err != nil {
		t.Fatal(err)
	}
	return version(s, o, imageOfTest, "v1", nil)
}

//go:embed testdata/body.py
var bodyPy string

// gclouds are the bodies that gcloud's own code makes of app.yaml files.
func gclouds(t *testing.T, texts []string) (all []map[string]any) {
	t.Helper()
	gcloud, err := exec.LookPath("gcloud")
	if err == nil {
		gcloud, err = filepath.EvalSymlinks(gcloud)
	}
	lib := filepath.Join(filepath.Dir(filepath.Dir(gcloud)), "lib")
	if err == nil {
		_, err = os.Stat(filepath.Join(lib, "googlecloudsdk"))
	}
	python, pythonErr := exec.LookPath("python3")
	if err != nil || pythonErr != nil {
		if os.Getenv("GCPDEPLOY_REQUIRE_GCLOUD") == "1" {
			t.Fatalf("GCPDEPLOY_REQUIRE_GCLOUD=1: %v, %v", err, pythonErr)
		}
		t.Skip("no gcloud or no python3 here")
	}
	args := []string{"-", lib}
	for i, text := range texts {
		path := filepath.Join(t.TempDir(), strconv.Itoa(i), "app.yaml")
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		args = append(args, path)
	}
	c := exec.CommandContext(t.Context(), python, args...)
	c.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir(), "CLOUDSDK_CONFIG=" + t.TempDir()}
	var stderr bytes.Buffer
	c.Stdin, c.Stderr = strings.NewReader(bodyPy), &stderr
	out, err := c.Output()
	if err == nil {
		err = json.Unmarshal(out, &all)
	}
	if err != nil || len(all) != len(texts) {
		t.Fatalf("%v\n%s%s", err, out, stderr.String())
	}
	return all
}

var deployed = []string{
	"",
	"env_variables: {A: yes, B: 5, C: 'x, y', D: 3.10, E: on, F: 'yes', G: 010}\n",
	"automatic_scaling: {min_num_instances: 1, max_num_instances: 3, cool_down_period_sec: 180, cpu_utilization: {target_utilization: 0.6, aggregation_window_length_sec: 60}, target_concurrent_requests: 100, target_request_count_per_sec: 7}\n",
	"automatic_scaling:\n  target_network_sent_bytes_per_sec: 1\n  target_network_sent_packets_per_sec: 2\n  target_network_received_bytes_per_sec: 3\n  target_network_received_packets_per_sec: 4\n" +
		"  target_disk_write_bytes_per_sec: 5\n  target_disk_write_ops_per_sec: 6\n  target_disk_read_bytes_per_sec: 7\n  target_disk_read_ops_per_sec: 8\n",
	"manual_scaling: {instances: 1}\nresources: {cpu: 2, memory_gb: 2.3, disk_size_gb: 20, volumes: [{name: ramdisk1, volume_type: tmpfs, size_gb: 0.5}, {name: two, volume_type: tmpfs, size_gb: 1}]}\n",
	"network: {name: default, subnetwork_name: sub, instance_tag: tag, instance_ip_mode: internal, session_affinity: true, forwarded_ports: [2222/tcp, '5000:5001/udp', 4000]}\n",
	"network: {session_affinity: false}\n",
	"readiness_check: {path: /ready, host: a.example, check_interval_sec: 5, timeout_sec: 4, failure_threshold: 2, success_threshold: 3, app_start_timeout_sec: 600}\n",
	"liveness_check: {path: /live, check_interval_sec: 30, timeout_sec: 4, failure_threshold: 4, success_threshold: 2, initial_delay_sec: 0}\nreadiness_check: {app_start_timeout_sec: 1800}\n",
	"beta_settings: {cloud_sql_instances: 'p:europe-west1:db=tcp:5432,p:r:db2', other: true}\nservice_account: app@p.iam.gserviceaccount.com\n",
	"vpc_access_connector: {name: projects/p/locations/r/connectors/c, egress_setting: private-ranges-only}\n",
	"endpoints_api_service: {name: a.endpoints.p.cloud.goog, rollout_strategy: managed, trace_sampling: false}\n",
	"endpoints_api_service: {name: a.endpoints.p.cloud.goog, config_id: 2017r0}\nskip_files: [x]\n",
	"service: api\nenv_variables: {A: ''}\nmanual_scaling: {instances: 12}\n",
}

// TestBodyIsGclouds: what is sent of an app.yaml is what gcloud sends of it, but for
// the readiness path, which we always set.
func TestBodyIsGclouds(t *testing.T) {
	t.Parallel()
	var texts []string
	for _, text := range deployed {
		texts = append(texts, "runtime: custom\nenv: flex\n"+text)
	}
	for i, want := range gclouds(t, texts) {
		data, err := json.Marshal(body(t, map[string]string{"app.yaml": texts[i]}))
		var got map[string]any
		if err == nil {
			err = json.Unmarshal(data, &got)
		}
		if err != nil {
			t.Fatal(err)
		}
		check, _ := got["readinessCheck"].(map[string]any)
		if theirs, _ := want["readinessCheck"].(map[string]any); theirs["path"] == nil {
			if check["path"] != "/" {
				t.Errorf("%s: the readiness path is %v", texts[i], check["path"])
			}
			if delete(check, "path"); len(check) == 0 {
				delete(got, "readinessCheck")
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s, -gcloud +ours:\n%s", texts[i], diff)
		}
	}
}

// TestSameInBothFiles: a section of app.yaml means the same under app_engine.
func TestSameInBothFiles(t *testing.T) {
	t.Parallel()
	for _, text := range deployed[1:] {
		if strings.Contains(text, "skip_files") || strings.Contains(text, "010") { // YAML 1.1's
			text = "env_variables: {A: true, B: 5, C: False, D: 'true'}\n"
		}
		there := body(t, map[string]string{"app.yaml": "env: flex\n" + text})
		here := body(t, map[string]string{"gcpdeploy.yaml": "app_engine:\n  " + strings.ReplaceAll(strings.TrimSpace(text), "\n", "\n  ")})
		if diff := cmp.Diff(there, here); diff != "" {
			t.Errorf("%s, -app.yaml +gcpdeploy.yaml:\n%s", text, diff)
		}
	}
}
