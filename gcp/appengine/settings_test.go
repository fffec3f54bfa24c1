package appengine

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gcpdeploy/gcpdeploy/internal/config"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

// TestRefused: what App Engine would refuse minutes later is refused where it is
// written.
func TestRefused(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ yaml, want string }{
		{"resources: {cpu: 3}", "1:31: app_engine.resources.cpu must be 1, an even number up to 32, or a multiple of 4 up to 80, not 3"},
		{"resources: {cpu: 34, memory_gb: 40}", "must be 1, an even number"},
		{"resources: {cpu: 81}", "app_engine.resources.cpu must be from 1 to 80, not 81"},
		{"resources: {cpu: 4}", "app_engine.resources.cpu is 4, which needs at least 3.6 GB of memory, and the default is 0.6 GB"},
		{"resources: {cpu: 2, memory_gb: 12.7}", "app_engine.resources.memory_gb is 12.7, and with 2 CPU there are at most 12.6 GB"},
		{"resources: {cpu: 2, memory_gb: 1.3}", "app_engine.resources.memory_gb is 1.3, and 2 CPU need at least 1.6 GB"},
		{"resources: {memory_gb: 7}", "with 1 CPU there are at most 6.1 GB"},
		{"resources: {disk_size_gb: 9}", "must be from 10 to 10240, not 9"},
		{"resources: {disk_size_gb: 10241}", "must be from 10 to 10240, not 10241"},
		{"resources: {volumes: [{name: a, volume_type: disk, size_gb: 1}]}", `app_engine.resources.volumes[0].volume_type must be tmpfs, not "disk"`},
		{"resources: {volumes: [{name: a, volume_type: tmpfs, size_gb: 1}]}", "take 1 GB together, and the app has 0.6 GB of memory"},
		{"resources: {memory_gb: 2, volumes: [{name: a, volume_type: tmpfs, size_gb: 1}, {name: a, volume_type: tmpfs, size_gb: 0.1}]}", "has two volumes named a"},
		{"resources: {volumes: [{name: a}]}", "has no volume_type"},
		{"automatic_scaling: {min_num_instances: 0}", "1:53: app_engine.automatic_scaling.min_num_instances must be from 1"},
		{"automatic_scaling: {min_num_instances: 3, max_num_instances: 2}", "is 3, more than max_num_instances, 2"},
		{"automatic_scaling: {max_num_instances: 1}", "is 1, less than the 2 that min_num_instances is by default"},
		{"automatic_scaling: {min_num_instances: 21}", "is 21, more than the 20 that max_num_instances is by default"},
		{"automatic_scaling: {cool_down_period_sec: 59}", "must be from 60"},
		{"automatic_scaling: {cpu_utilization: {target_utilization: 1.1}}", "must be from 1e-06 to 1, not 1.1"},
		{"automatic_scaling: {max_num_instances: 3}, manual_scaling: {instances: 1}", "app_engine.manual_scaling.instances cannot be set together with app_engine.automatic_scaling"},
		{"manual_scaling: {instances: 0}", "must be from 1"},
		{"network: {subnetwork_name: sub}", "is a part of a network, and none is named"},
		{"network: {name: https://www.googleapis.com/compute/v1/projects/p/global/networks/default}", "must be the short name of a network"},
		{"network: {instance_ip_mode: none}", "must be external or internal"},
		{"network: {forwarded_ports: [80]}", "app_engine.network.forwarded_ports[0] must forward a port from 1024 to 65535, not 80"},
		{"network: {forwarded_ports: [8080]}", "cannot forward port 8080, which App Engine uses"},
		{"network: {forwarded_ports: ['5000:10401']}", "cannot lead to port 10401"},
		{"network: {forwarded_ports: ['5000:8080']}", ""},
		{"network: {forwarded_ports: ['5000/sctp']}", "must be a port such as"},
		{"readiness_check: {path: ready}", `must be a path such as /healthz, not "ready"`},
		{"readiness_check: {timeout_sec: 5}", "app_engine.readiness_check.timeout_sec is 5, and must be less than check_interval_sec, 5"},
		{"readiness_check: {check_interval_sec: 4}", "app_engine.readiness_check.check_interval_sec is 4, and must be more than timeout_sec, 4"},
		{"readiness_check: {app_start_timeout_sec: 1801}", "must be from 1 to 1800"},
		{"liveness_check: {failure_threshold: 11}", "must be from 1 to 10"},
		{"liveness_check: {initial_delay_sec: 3601}", "must be from 0 to 3600"},
		{"env_variables: {PORT: 1}", "1:30: app_engine.env_variables: PORT is set by App Engine and cannot be given"},
		{"env_variables: {GAE_X: 1}", "GAE_X is set by App Engine"},
		{"env_variables: {GCPDEPLOY_RUN: 1}", "is where gcpdeploy notes which run made a version"},
		{"secrets: {A: 'b:1'}", "app_engine.secrets cannot be given: App Engine has no secrets"},
		{"beta_settings: {cloud_sql_instances: mydb}", `cloud_sql_instances names no instance of Cloud SQL: "mydb"`},
		{"endpoints_api_service: {name: a.b}", "needs a config_id"},
		{"endpoints_api_service: {rollout_strategy: managed}", "is of a service that app_engine.endpoints_api_service.name does not name"},
		{"service: a-dot-b", "must not hold -dot-"},
		{"service: ah-x", "must not begin with ah-"},
		{"service: -x", "must be lower-case letters"},
		{"split_by: user", "must be ip, cookie or random"},
		{"keep_versions: -1", "must be from 0 to 200"},
		{"file: ../app.yaml", "must be a file in the app's folder"},
		{"file: none.yaml", `1:20: app_engine.file names "none.yaml", which cannot be read`},
		{"dispatch: none.yaml", `app_engine.dispatch names "none.yaml", which cannot be read`},
		{"readiness_check: {pth: /}", "unknown key app_engine.readiness_check.pth"},
		{"env: {A: b}", "unknown key app_engine.env"},
	} {
		_, err := config.Load(folder(t, map[string]string{"gcpdeploy.yaml": "app_engine: {" + tt.yaml + "}"}))
		if tt.want == "" && err == nil {
			continue
		}
		if err == nil || tt.want == "" || !strings.Contains(err.Error(), tt.want) || errs.KindOf(err) != errs.Usage {
			t.Errorf("%s: %v, want %q", tt.yaml, err, tt.want)
		}
	}
}

// TestAppYAML: app.yaml is below gcpdeploy.yaml, its mappings are added to, and what it
// says that does nothing for an image is told with its line.
func TestAppYAML(t *testing.T) {
	t.Parallel()
	s, c := of(t, map[string]string{
		"gcpdeploy.yaml": "app_engine:\n  env_variables: {A: ours}\n  resources: {cpu: 4}\n",
		"app.yaml":       "runtime: python\nenv: flex\nservice: api\nentrypoint: gunicorn main:app\nruntime_config: {runtime_version: '3.11'}\nskip_files: [x]\nenv_variables: {A: theirs, B: no}\nresources:\n  cpu: 2\n  memory_gb: 8\n",
	})
	o, err := optionsOf(s)
	if err != nil {
		t.Fatal(err)
	}
	if want := map[string]string{"A": "ours", "B": "False"}; !maps.Equal(s.Env, want) || o.Resources.CPU != 4 || o.Resources.MemoryGB != 8 || s.Service != "api" || c.Service != "hello" {
		t.Errorf("%+v\n%+v", s, o)
	}
	if from := c.Origin["app_engine.resources.memory_gb"]; from != "app.yaml:10" {
		t.Errorf("the memory is from %q", from)
	}
	if len(c.Notes) != 1 || !strings.Contains(c.Notes[0], "app.yaml:6:1: skip_files is ignored") {
		t.Errorf("%q", c.Notes)
	}
	if c.Entrypoint != nil || c.Python != "" {
		t.Errorf("%q, %q: what app.yaml says of the image is detected, for every target alike", c.Entrypoint, c.Python)
	}
	for _, tt := range []struct{ text, want string }{
		{"runtime: python312\n", "app.yaml:1:1: this file is for App Engine's standard environment"},
		{"env: flex\nhandlers:\n- url: /static\n  static_dir: static\n", "app.yaml:2:1: handlers is nothing for an image"},
		{"env: flex\nbuild_env_variables: {A: b}\n", "app.yaml:2:1: build_env_variables is nothing"},
		{"env: flex\nhealth_check: {enable_health_check: false}\n", "app.yaml:2:1: health_check is nothing"},
		{"env: flex\nautomatic_scaling:\n  min_instances: 1\n", "app.yaml:3:3: automatic_scaling.min_instances is nothing"},
		{"env: flex\nzones: [a]\n", "app.yaml:2:1: zones is nothing"},
		{"env: flex\nkeep_versions: 1\n", "app.yaml:2:1: unknown key keep_versions"},
		{"env: flex\nresources: {cpu: 3}\n", "app.yaml:2:18: app_engine.resources.cpu must be 1, an even number"},
		{"env: flex\nenv_variables: {GAE_A: b}\n", "app.yaml:2:24: app_engine.env_variables: GAE_A is set by App Engine"},
		{"env: flex\nservice: a-dot-b\n", "app.yaml:2:10: app_engine.service must not hold -dot-"},
		{"env: flex\nmanual_scaling: {instances: 1}\nautomatic_scaling: {max_num_instances: 3}\n", "app.yaml:2:1: automatic_scaling and manual_scaling are both there"},
	} {
		_, err := config.Load(folder(t, map[string]string{"app.yaml": tt.text}))
		if err == nil || errs.KindOf(err) != errs.Usage || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%q: %v, want %q", tt.text, err, tt.want)
		}
	}
}

// TestOtherFile: a file that is named says what app.yaml would, of the image, too.
func TestOtherFile(t *testing.T) {
	t.Parallel()
	files := map[string]string{
		"gcpdeploy.yaml": "app_engine: {file: flex.yaml, dispatch: dispatch.yaml, cron: cron.yaml}\n",
		"app.yaml":       "runtime: python312\nhandlers: []\n", // of the standard environment: not read
		"flex.yaml":      "runtime: python\nenv: flex\nentrypoint: gunicorn -b :$PORT main:app\nruntime_config: {runtime_version: 3.10}\n",
		"dispatch.yaml":  "dispatch:\n- url: '*/api/*'\n  service: api\n",
		"cron.yaml":      "cron:\n- url: /tick\n  schedule: every 5 minutes\n",
	}
	s, c := of(t, files)
	o, _ := optionsOf(s)
	if c.Python != "3.10" || !slices.Contains(c.Entrypoint, "exec gunicorn -b :$PORT main:app") || o.DispatchYAML != files["dispatch.yaml"] || o.CronYAML != files["cron.yaml"] {
		t.Errorf("%q, %q, %+v", c.Python, c.Entrypoint, o)
	}
	if v := version(s, o, imageOfTest, "v", map[string]string{runVariable: "x"}); v.BetaSettings["module_yaml_path"] != "flex.yaml" || v.EnvVariables[runVariable] != "x" {
		t.Errorf("%+v", v)
	}
	files["cron.yaml"] = "cron:\n- url: tick\n  schedule: every 5 minutes\n"
	if _, err := config.Load(folder(t, files)); err == nil || !strings.Contains(err.Error(), "cron.yaml:2:8") {
		t.Errorf("%v", err)
	}
}

// TestReadinessPath: there is always one, but where no HTTP is spoken, and the check
// before a release asks for it.
func TestReadinessPath(t *testing.T) {
	t.Parallel()
	for yaml, want := range map[string]string{
		"":                                "/",
		"start: {path: /up}":              "/up",
		"start: {path: /up, status: 204}": "/",
		"start: {path: /up}\napp_engine: {readiness_check: {path: /ready}}": "/ready",
		"start: {protocol: tcp}": "",
		"start: false":           "/",
	} {
		s, _ := of(t, map[string]string{"gcpdeploy.yaml": yaml})
		c, err := contract(s)
		if err != nil || c.Ready.Path != want {
			t.Errorf("%q: %q, %v, want %q", yaml, c.Ready.Path, err, want)
		}
	}
}

func TestContract(t *testing.T) {
	t.Parallel()
	s, _ := of(t, map[string]string{"gcpdeploy.yaml": "project: my-project\napp_engine: {resources: {cpu: 2, memory_gb: 2.5}}"})
	c, err := contract(s)
	if err != nil || c.Port != 8080 || c.CPUs != 2 || c.Memory.Bytes != 2560<<20 || c.Memory.Text != "2.5 GB" {
		t.Errorf("%+v, %v", c, err)
	}
	for name, want := range map[string]string{"PORT": "8080", "GAE_SERVICE": "default", "GAE_MEMORY_MB": "2560", "GOOGLE_CLOUD_PROJECT": "my-project"} {
		if c.Env[name] != want {
			t.Errorf("%s=%q, want %q", name, c.Env[name], want)
		}
	}
}

func TestNotes(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		yaml string
		want []string
	}{
		{"", []string{"keeps 2 VMs running (app_engine.automatic_scaling.min_num_instances, which is the default), at most 20: 1 CPU, 0.6 GB each"}},
		{"app_engine: {manual_scaling: {instances: 1}, resources: {cpu: 2, memory_gb: 4}}", []string{"keeps 1 VM running (app_engine.manual_scaling.instances): 2 CPU, 4 GB each"}},
		{"app_engine: {automatic_scaling: {min_num_instances: 1, max_num_instances: 3}, stop_previous_version: false, resources: {memory_gb: 0.5}}", []string{
			"keeps 1 VM running (app_engine.automatic_scaling.min_num_instances), at most 3: 1 CPU, 0.5 GB each",
			"app_engine.resources.memory_gb is 0.5, less than the 0.6 GB that App Engine gives with 1 CPU: the app is tested with 0.5",
			"the version that is replaced goes on running, and costs (app_engine.stop_previous_version is false)",
		}},
		{"app_engine: {manual_scaling: {instances: 1}, env_variables: {DB_PASSWORD: hunter2, API_KEY: '', KEYBOARD: de, token: abc}}", []string{
			"keeps 1 VM", "app_engine.env_variables: DB_PASSWORD looks like a secret", "app_engine.env_variables: token looks like a secret",
		}},
	} {
		s, _ := of(t, map[string]string{"gcpdeploy.yaml": tt.yaml})
		all := notes(s)
		if len(all) != len(tt.want) {
			t.Errorf("%s: %q", tt.yaml, all)
			continue
		}
		for i, note := range all {
			if !strings.HasPrefix(note, tt.want[i]) || strings.Contains(note, "hunter2") {
				t.Errorf("%s: %q, want %q", tt.yaml, note, tt.want[i])
			}
		}
	}
}

func TestWhatIsKept(t *testing.T) {
	t.Parallel()
	type kept struct {
		N    int
		All  bool
		Stop bool
	}
	for yaml, want := range map[string]kept{
		"": {5, false, true}, "app_engine: {keep_versions: 0}": {0, true, true}, "app_engine: {keep_versions: 2, stop_previous_version: false}": {2, false, false},
	} {
		s, _ := of(t, map[string]string{"gcpdeploy.yaml": yaml})
		o, err := optionsOf(s)
		var got kept
		got.N, got.All = o.Keep()
		got.Stop = o.Stop()
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%s: %v\n%s", yaml, err, diff)
		}
	}
}
