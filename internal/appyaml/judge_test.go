package appyaml_test

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gcpdeploy/gcpdeploy/internal/appyaml"
)

//go:embed testdata/judge.py
var judge string

// verdict is what gcloud's parser says of a file.
type verdict struct {
	Taken bool
	Error string
	Env   map[string]string
}

// ask has the parser of gcloud read files; without gcloud the test is skipped, or
// fails under GCPDEPLOY_REQUIRE_GCLOUD=1.
func ask(t *testing.T, kind string, texts []string) []verdict {
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
		dir := filepath.Join(t.TempDir(), strconv.Itoa(i))
		path := filepath.Join(dir, kind+".yaml")
		if err := os.MkdirAll(dir, 0o700); err != nil {
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
	c.Stdin, c.Stderr = bytes.NewBufferString(judge), &stderr
	out, err := c.Output()
	var said []verdict
	if err == nil {
		err = json.Unmarshal(out, &said)
	}
	if err != nil || len(said) != len(texts) {
		t.Fatalf("%v\n%s%s", err, out, stderr.String())
	}
	return said
}

const standard = "runtime: python312\n"

// files are what gcloud and appyaml have to say the same of.
var files = []string{
	flexible,
	standard,
	"env: flex\n",
	"env: 2\nruntime: custom\n",
	"env: flexible\nruntime: python\n",
	"env: standard\nruntime: python313\n",
	"env: gae\nruntime: python312\n",
	"vm: true\nruntime: python\n",
	"runtime: python\n",
	"runtime: custom\n",
	"runtime: python27\n",
	"runtime: python27\nenv: flex\n",
	"runtime: Python312\n",
	"service: x\n",
	standard + "service: Api\n",
	standard + "service: -api\n",
	standard + "service: " + long(63) + "\n",
	standard + "service: " + long(64) + "\n",
	standard + "service: a\nmodule: b\n",
	standard + "module: b\n",
	standard + "version: v1\n",
	standard + "application: p\n",
	standard + "project: p\n",
	standard + "threadsafe: true\n",
	standard + "services: x\n",
	standard + "env_variables: {A: yes, B: 0x1f, C: 1_000, D: 1:30, E: 08, F: 1e3, G: .5, H: 1., I: -0, J: +5, K: on, L: 'on', M: Off, N: oFf, O: 2020-01-02, P: 0o17, Q: 0b11, R: 1.5e-7, S: 3.10, T: y, U: '', V: 1.0e+20, W: é, X: .inf, Y: 12345678901234567890}\n",
	standard + "env_variables:\n  A: |\n    two\n    lines\n  B: >-\n    folded\n    text\n  C: !!str 010\n",
	standard + "env_variables: {A-B: c}\n",
	standard + "env_variables: {A: {B: c}}\n",
	standard + "env_variables: {A: b, A: c}\n",
	standard + "env_variables: {}\n",
	standard + "env_variables:\n",
	standard + "entrypoint:\n",
	standard + "entrypoint: gunicorn -b :$PORT main:app\n",
	standard + "default: &a x\nentrypoint: *a\n",
	standard + "<<: {service: x}\n",
	standard + "automatic_scaling: {}\nmanual_scaling: {instances: 1}\n",
	standard + "automatic_scaling:\nmanual_scaling: {instances: 1}\n",
	standard + "manual_scaling: {instances: 0}\n",
	standard + "manual_scaling: {}\n",
	standard + "manual_scaling: 1\n",
	standard + "basic_scaling: {max_instances: 3, idle_timeout: 10m}\n",
	standard + "basic_scaling: {max_instances: 3, idle_timeout: 10}\n",
	standard + "automatic_scaling: {min_idle_instances: automatic, max_pending_latency: 30ms, min_pending_latency: 1.5s, max_concurrent_requests: 80, min_instances: 0, max_instances: 5, target_cpu_utilization: 0.65}\n",
	standard + "automatic_scaling: {max_pending_latency: 30}\n",
	standard + "automatic_scaling: {max_concurrent_requests: 0}\n",
	standard + "automatic_scaling: {min_instances: many}\n",
	"env: flex\nautomatic_scaling: {min_num_instances: 0}\n",
	"env: flex\nautomatic_scaling: {min_num_instances: 2, max_num_instances: 8, cool_down_period_sec: 180, cpu_utilization: {target_utilization: 0.6, aggregation_window_length_sec: 60}, target_concurrent_requests: 50}\n",
	"env: flex\nautomatic_scaling: {cool_down_period_sec: 30}\n",
	"env: flex\nautomatic_scaling: {cpu_utilization: {target_utilization: 1.5}}\n",
	"env: flex\nautomatic_scaling: {custom_metrics: [{metric_name: m, target_type: GAUGE, target_utilization: 5}]}\n",
	"env: flex\nautomatic_scaling: {custom_metrics: [{metric_name: m, target_type: GAUGE}]}\n",
	"env: flex\nautomatic_scaling: {custom_metrics: [{target_type: GAUGE}]}\n",
	"env: flex\nresources: {cpu: '2', memory_gb: 2.3, disk_size_gb: 20, volumes: [{name: r, volume_type: tmpfs, size_gb: 0.5}]}\n",
	"env: flex\nresources: {memory_gb: much}\n",
	"env: flex\nresources: {disk_size_gb: 1.5e1x}\n",
	"env: flex\nresources: {volumes: [{name: r}]}\n",
	"env: flex\nresources:\n",
	"env: flex\nnetwork: {name: default, subnetwork_name: sub, instance_tag: web, forwarded_ports: [2222/tcp, 5000:5001/udp, 80], session_affinity: true, instance_ip_mode: internal}\n",
	"env: flex\nnetwork: {forwarded_ports: [80/http]}\n",
	"env: flex\nnetwork: {forwarded_ports: 80}\n",
	"env: flex\nnetwork: {instance_ip_mode: none}\n",
	"env: flex\nnetwork: {name: projects/p/global/networks/n, subnetwork_name: Sub}\n",
	"env: flex\nreadiness_check: {path: /r, check_interval_sec: 5, timeout_sec: 4, failure_threshold: 2, success_threshold: 2, app_start_timeout_sec: 300}\nliveness_check: {path: /l, initial_delay_sec: 300}\n",
	"env: flex\nreadiness_check: {check_interval_sec: -1}\n",
	"env: flex\nreadiness_check: {initial_delay_sec: 1}\n",
	"env: flex\nhealth_check: {enable_health_check: false, restart_threshold: 3, host: h}\n",
	"env: flex\nbeta_settings: {cloud_sql_instances: 'p:r:i=tcp:5432'}\n",
	"env: flex\nendpoints_api_service: {name: a.endpoints.p.cloud.goog, rollout_strategy: managed}\n",
	"env: flex\nendpoints_api_service: {name: a, config_id: x, rollout_strategy: managed}\n",
	"env: flex\nendpoints_api_service: {name: a}\n",
	"env: flex\nflexible_runtime_settings: {operating_system: ubuntu22, runtime_version: '3.12'}\n",
	"env: flex\nzones: [us-east1-b]\nservice_account: a@p.iam.gserviceaccount.com\n",
	standard + "vpc_access_connector: {name: projects/p/locations/r/connectors/c, egress_setting: all-traffic}\n",
	standard + "vpc_access_connector: {egress_setting: all-traffic}\n",
	standard + "vpc_access_connector: {name: c, egress_setting: all}\n",
	standard + "inbound_services: [mail, warmup]\napp_engine_apis: true\ninstance_class: F2\ndefault_expiration: 4d 5h\nskip_files: [a, b]\nbuild_env_variables: {A: b}\n",
	standard + "inbound_services: [male]\n",
	standard + "inbound_services: mail\n",
	standard + "default_expiration: 4 days\n",
	standard + "libraries: [{name: numpy, version: latest}]\n",
	standard + "error_handlers: [{error_code: over_quota, file: a.html}]\n",
	standard + "error_handlers: [{error_code: 404, file: a.html}]\n",
	standard + "handlers:\n- url: /static\n  static_dir: static\n  expiration: 1d\n  http_headers: {X-A: b}\n- url: /(.*\\.png)$x\n  static_files: a/\\1\n  upload: a/.*\n- url: /.*\n  script: auto\n  secure: always\n  login: required\n  redirect_http_response_code: 301\n",
	standard + "handlers: [{url: /, script: auto, static_dir: a}]\n",
	standard + "handlers: [{url: /}]\n",
	standard + "handlers: [{url: a, script: auto}]\n",
	standard + "handlers: [{url: '(/a)$', script: auto}]\n",
	standard + "handlers: [{url: /a, static_files: a}]\n",
	standard + "handlers: [{url: /a, script: auto, login: yes}]\n",
	standard + "handlers: [{url: /a, script: auto, position: head}]\n",
	standard + "handlers: [{url: /a, static_dir: a, application_readable: true}]\n",
	standard + "handlers: [{url: /a, api_endpoint: on}]\n",
	standard + "handlers: [{url: /a, static_dir: a, mime_type: text/html, http_headers: {content-type: text/html}}]\n",
	standard + "handlers: {url: /a}\n",
	standard + "handlers:\n",
	standard + "---\n" + standard,
	"", "# nothing\n", "- a\n", "runtime\n", "runtime: [a\n", "runtime: a: b\n", "\truntime: x\n",
}

func long(n int) string { return string(bytes.Repeat([]byte("a"), n)) }

// TestJudge: gcloud's own parser takes and refuses the same files, and has the same
// variables from them.
func TestJudge(t *testing.T) {
	t.Parallel()
	for i, v := range ask(t, "app", files) {
		f, err := appyaml.Parse("app.yaml", []byte(files[i]))
		if v.Taken != (err == nil) {
			t.Errorf("%q:\nours   %v\ngcloud %s", files[i], err, v.Error)
			continue
		}
		if err != nil {
			continue
		}
		got := map[string]string{}
		env, _ := f.At("env_variables")
		for _, e := range env.Fields {
			got[e.Name] = e.Value.Text
		}
		if d := cmp.Diff(v.Env, got); d != "" {
			t.Errorf("%q: %s", files[i], d)
		}
	}
}

// TestStricter: what gcloud makes something else of than is written is refused.
func TestStricter(t *testing.T) {
	t.Parallel()
	texts := []string{
		standard + "env_variables:\n  A:\n",                    // the text None
		standard + "env_variables: {A: [b]}\n",                 // the text []
		standard + "entrypoint: [gunicorn, app]\n",             // the text []
		"env: flex\nnetwork: {session_affinity: 'false'}\n",    // true
		"env: flex\nresources: {disk_size_gb: 10.5}\n",         // 10
		standard + "env_variables: {A: 2020-01-02t03:04:05}\n", // without the t
		standard + "env_variables: {A: !!int '5'}\n",           // what a tag makes of it
		standard + "backends: [{name: b}]\n",                   // nothing
	}
	for i, v := range ask(t, "app", texts) {
		if _, err := appyaml.Parse("app.yaml", []byte(texts[i])); err == nil || !v.Taken {
			t.Errorf("%q:\nours   %v\ngcloud %s", texts[i], err, v.Error)
		}
	}
}

// TestJudgeOthers is TestJudge of the other files.
func TestJudgeOthers(t *testing.T) {
	t.Parallel()
	for kind, texts := range map[string][]string{
		"dispatch": {
			"dispatch:\n- url: '*/api/*'\n  service: api\n- url: a.example.com/x\n  module: web\n- url: '*.example.com/'\n  service: web\n- url: '*-a.b-c.d/'\n  service: web\n",
			"dispatch: [{url: '*/api/*'}]\n",
			"dispatch: [{service: api}]\n",
			"dispatch: [{url: '*/', service: a, module: b}]\n",
			"dispatch: [{url: /api/*, service: api}]\n",
			"dispatch: [{url: '*', service: api}]\n",
			"dispatch: [{url: 'A.com/', service: api}]\n",
			"dispatch: [{url: '*.A.com/', service: api}]\n",
			"dispatch: [{url: '-a.com/', service: api}]\n",
			"dispatch: [{url: '10.0.0.1/', service: api}]\n",
			"dispatch: [{url: '10.0.0.256/', service: api}]\n",
			"dispatch: [{url: 'a..b/', service: api}]\n",
			"dispatch: [{url: '*a-/', service: api}]\n",
			"dispatch: [{url: '*/', service: Api}]\n",
			"dispatch: [{url: 5, service: api}]\n",
			"dispatch: [{url: '*/', service: api, path: x}]\n",
			"dispatch: {url: '*/', service: api}\n",
			"application: p\ndispatch: []\n",
			"dispatch:\n",
			"rules: []\n",
		},
		"cron": {
			"cron:\n- url: /tasks\n  schedule: every 24 hours\n  description: \"nightly\"\n  timezone: Europe/Berlin\n  target: api\n  retry_parameters: {job_retry_limit: 3, job_age_limit: 2d, min_backoff_seconds: 2.5, max_backoff_seconds: 60, max_doublings: 3}\n",
			"cron: [{url: /a}]\n",
			"cron: [{schedule: every 1 hours}]\n",
			"cron: [{url: a, schedule: every 1 hours}]\n",
			"cron: [{url: /a, schedule: 5}]\n",
			"cron: [{url: /a, schedule: every 1 hours, timezone: 1}]\n",
			"cron: [{url: /a, schedule: every 1 hours, target: Api}]\n",
			"cron: [{url: /a, schedule: every 1 hours, target: 'api:v1'}]\n",
			"cron: [{url: /a, schedule: every 1 hours, target: -a}]\n",
			"cron: [{url: /a, schedule: every 1 hours, description: " + long(499) + "}]\n",
			"cron: [{url: /a, schedule: every 1 hours, description: " + long(500) + "}]\n",
			"cron: [{url: /a, schedule: every 1 hours, retry_parameters: {job_retry_limit: -1}}]\n",
			"cron: [{url: /a, schedule: every 1 hours, retry_parameters: {job_age_limit: 5}}]\n",
			"cron: [{url: /a, schedule: every 1 hours, retry_parameters: {job_age_limit: 5w}}]\n",
			"cron: [{url: /a, schedule: every 1 hours, retry_parameters: {job_age_limit: 1.5h}}]\n",
			"cron: [{url: /a, schedule: every 1 hours, retry_parameters: {min_backoff_seconds: -1}}]\n",
			"cron: [{url: /a, schedule: every 1 hours, retry: 1}]\n",
			"cron: []\n",
			"cron:\n",
			"jobs: []\n",
			"",
		},
	} {
		for i, v := range ask(t, kind, texts) {
			var err error
			if kind == "cron" {
				_, err = appyaml.Cron("cron.yaml", []byte(texts[i]))
			} else {
				_, err = appyaml.Dispatch("dispatch.yaml", []byte(texts[i]))
			}
			if v.Taken != (err == nil) {
				t.Errorf("%s %q:\nours   %v\ngcloud %s", kind, texts[i], err, v.Error)
			}
		}
	}
}
