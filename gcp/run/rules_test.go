package run_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gcpdeploy/gcpdeploy/gcp/run"
	"github.com/gcpdeploy/gcpdeploy/internal/config"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

// configured is the section of a configuration, or what is wrong with it.
func configured(t *testing.T, yaml string, flags map[string][]string) (*run.Settings, error) {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "gcpdeploy.yaml"), []byte("run: {"+yaml+"}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := config.Load(config.Input{Dir: dir, Targets: []config.Target{run.Kind.Config}, Flags: flags})
	if err != nil {
		return nil, err
	}
	return c.Settings.(*run.Settings), nil
}

// TestWhatCloudRunRefuses is told before anything is built, with its key.
func TestWhatCloudRunRefuses(t *testing.T) {
	t.Parallel()
	for yaml, want := range map[string]string{
		`cpu: 500m, execution_environment: gen2`:                                              "run.execution_environment must be gen1",
		`cpu: 500m, cpu_throttling: false`:                                                    "run.cpu_throttling must be true",
		`cpu: 500m, cpu_throttling: true, execution_environment: gen1`:                        "",
		`memory: 256Mi, execution_environment: gen2`:                                          "run.execution_environment is gen2, which needs 512Mi",
		`execution_environment: gen3`:                                                         `must be gen1 or gen2, not "gen3"`,
		`gpu: 2`:                                                                              "run.gpu must be 1",
		`gpu: 1`:                                                                              "run.gpu needs at least 4 CPUs",
		`gpu: 1, cpu: 4, memory: 8Gi`:                                                         "run.gpu needs at least 16Gi",
		`gpu: 1, cpu: 4, memory: 16Gi`:                                                        "run.gpu goes with CPU that is there always",
		`gpu: 1, cpu: 4, memory: 16Gi, cpu_throttling: false`:                                 "",
		`gpu_type: nvidia-l4`:                                                                 "run.gpu_type is of a GPU",
		`service_min_instances: 3, service_max_instances: 2`:                                  "run.service_min_instances is 3, more than run.service_max_instances, 2",
		`scaling: 3, service_max_instances: 2`:                                                "run.service_max_instances is a bound",
		`scaling: 3`:                                                                          "",
		`scaling: -1`:                                                                         "run.scaling must be auto or a number",
		`ingress: none`:                                                                       "run.ingress must be all, internal or",
		`allow_unauthenticated: false, invoker_iam_check: false`:                              "run.invoker_iam_check is false, which lets everybody call",
		`vpc: {connector: c, network: n}`:                                                     "run.vpc.connector is set, and so is",
		`vpc: {tags: [a]}`:                                                                    "run.vpc.tags is of an app in a network",
		`vpc: {egress: all-traffic}`:                                                          "run.vpc.egress is of an app in a network",
		`vpc: {egress: all, network: n}`:                                                      `run.vpc.egress must be private-ranges-only or all-traffic, not "all"`,
		`cloudsql_instances: [db]`:                                                            "run.cloudsql_instances[0] must be PROJECT:REGION:NAME",
		`cloudsql_instances: ["p:r:n", "example.com:p:r:n"]`:                                  "",
		`encryption_key: k`:                                                                   "run.encryption_key must be projects/PROJECT/locations",
		`post_key_revocation_action_type: shut-down`:                                          "run.post_key_revocation_action_type is of a key",
		`encryption_key_shutdown_hours: 3`:                                                    "run.encryption_key_shutdown_hours is of a key at whose end",
		`breakglass: fire`:                                                                    "run.breakglass goes with the default policy only",
		`labels: {Team: a}`:                                                                   "run.labels: must be a label",
		`labels: {team: A b}`:                                                                 "run.labels.team must be lower-case letters",
		`labels: {gcpdeploy-run: a}`:                                                          "the prefix is taken",
		`labels: {run.googleapis.com/x: a}`:                                                   "run.labels: run.googleapis.com/x is Cloud Run's own",
		`annotations: {autoscaling.knative.dev/minScale: "1"}`:                                "autoscaling.knative.dev/minScale is Cloud Run's own",
		`annotations: {x.run.googleapis.com/y: "1"}`:                                          "is Cloud Run's own",
		`annotations: {gcpdeploy.dev/run: "1"}`:                                               "is gcpdeploy's own",
		`annotations: {example.com/Any_thing.1: "x, y"}`:                                      "",
		`description: "` + strings.Repeat("é", 513) + `"`:                                     "run.description has 513 characters",
		`startup_probe: {http_get: {path: up}}`:                                               "run.startup_probe.http_get.path must be a path that starts with /",
		`startup_probe: {http_get: {}, grpc: {}}`:                                             "run.startup_probe can have one of",
		`startup_probe: {tcp_socket: {}, timeout_seconds: 20}`:                                "run.startup_probe has a timeout_seconds of 20, more than its period_seconds, 10",
		`startup_probe: {tcp_socket: {}, period_seconds: 241}`:                                "run.startup_probe has a period_seconds of 241, and Cloud Run takes 240",
		`startup_probe: {tcp_socket: {}, initial_delay_seconds: 241}`:                         "initial_delay_seconds of 241",
		`liveness_probe: {http_get: {}, initial_delay_seconds: 241}`:                          "",
		`liveness_probe: {tcp_socket: {}}`:                                                    "run.liveness_probe must ask by http_get or grpc",
		`liveness_probe: {}`:                                                                  "run.liveness_probe must ask by http_get or grpc",
		`readiness_probe: {http_get: {}, initial_delay_seconds: 1}`:                           "run.readiness_probe cannot wait",
		`startup_probe: {period: 3}`:                                                          "unknown key run.startup_probe.period",
		`startup_probe: {failure_threshold: 0}`:                                               "must be from 1 to",
		`secrets: {/key: a:1}`:                                                                "must be /FOLDER/FILE",
		`secrets: {/proc/x/key: a:1}`:                                                         "cannot be below /proc",
		`secrets: {/etc/x/a: a:1, /etc/x/b: b:1}`:                                             "run.secrets: /etc/x/b is of another secret",
		`secrets: {/etc/x/a: a:1, /etc/x/b: a:2, /etc/y/a: b:1, A: a:1}`:                      "",
		`volumes: {v: {mount: /v}}`:                                                           "run.volumes.v has no type",
		`volumes: {v: {type: nfs, mount: /v}}`:                                                "run.volumes: v is a volume of type nfs, and has no location",
		`volumes: {v: {type: nfs, mount: /v, location: "h:/", bucket: bbb}}`:                  "is a volume of type nfs, which has no bucket",
		`volumes: {v: {type: in-memory, mount: v}}`:                                           "run.volumes.v.mount must be the path of a folder",
		`volumes: {v: {type: in-memory, mount: /dev/shm}}`:                                    "cannot be below /dev",
		`volumes: {v: {type: in-memory}}`:                                                     "v is mounted nowhere",
		`volumes: {v: {type: in-memory, mount: /v}, w: {type: in-memory, mount: /v}}`:         "w is mounted at /v, where v is",
		`volumes: {v: {type: in-memory, mount: /etc/x}}, secrets: {/etc/x/a: a:1}`:            "/etc/x/a is mounted at /etc/x, where v is",
		`volumes: {v: {type: in-memory, mount: /cloudsql}}, cloudsql_instances: ["p:r:n"]`:    "run.cloudsql_instances",
		`volumes: {v: {type: nfs, mount: /v, location: "h:/p"}}, execution_environment: gen1`: "which gen1 has none of",
		`volumes: {cloudsql: {type: in-memory, mount: /v}}`:                                   "is a name that gcpdeploy gives",
		`sidecars: {proxy: {}}`:                                                               "run.sidecars.proxy has no image",
		`sidecars: {app: {image: nginx}}`:                                                     "app: is what the app's own container is called",
		`sidecars: {p: {image: nginx, mounts: {v: /v}}}`:                                      "p: mounts v, which is none of run.volumes",
		`sidecars: {p: {image: nginx, startup_probe: {tcp_socket: {}}}}`:                      "p: startup_probe names no port",
		`sidecars: {p: {image: nginx, depends_on: [q]}}`:                                      "p: depends_on names q",
		`sidecars: {p: {image: nginx, depends_on: [q]}, q: {image: nginx, depends_on: [p]}}`:  "p waits for itself",
		`sidecars: {p: {image: nginx, cpu: 4}}`:                                               "p: cpu is 4",
		`sidecars: {p: {image: nginx, port: 80}}`:                                             "unknown key run.sidecars.p.port",
		`depends_on: [p]`:                                                                     "run.depends_on names p, which is none of run.sidecars",
		`sidecars: {p: {image: nginx}}, depends_on: [p]`:                                      "",
	} {
		t.Run(yaml, func(t *testing.T) {
			t.Parallel()
			_, err := configured(t, yaml, nil)
			switch {
			case want == "" && err != nil:
				t.Error(err)
			case want != "" && (err == nil || !strings.Contains(err.Error(), want) || errs.KindOf(err) != errs.Usage):
				t.Errorf("%v, want %s", err, want)
			}
		})
	}
	var many []string
	for n := range 10 {
		many = append(many, fmt.Sprintf("c%d: {image: nginx}", n))
	}
	if _, err := configured(t, "sidecars: {"+strings.Join(many, ", ")+"}", nil); err == nil || !strings.Contains(err.Error(), "has 10 containers, and Cloud Run takes 9") {
		t.Error(err)
	}
}

// TestGcloudsWords holds that flags take what gcloud's do, and mean what the file says.
func TestGcloudsWords(t *testing.T) {
	t.Parallel()
	for flag, tt := range map[string]struct{ text, yaml string }{
		"startup-probe":          {"httpGet.path=/up,httpGet.port=81,initialDelaySeconds=2,periodSeconds=5,timeoutSeconds=3,failureThreshold=4", `startup_probe: {http_get: {path: /up, port: 81}, initial_delay_seconds: 2, period_seconds: 5, timeout_seconds: 3, failure_threshold: 4}`},
		"liveness-probe":         {"grpc.service=a.B,grpc.port=7", `liveness_probe: {grpc: {service: a.B, port: 7}}`},
		"readiness-probe":        {`{"http_get": {"path": "/"}}`, `readiness_probe: {http_get: {path: /}}`},
		"set-secrets":            {"/etc/x/key=k:1,A=b:latest", `secrets: {/etc/x/key: k:1, A: b:latest}`},
		"labels":                 {"^:^a=1:b=2", `labels: {a: "1", b: "2"}`},
		"annotations":            {"^|^a=1,2|example.com/b=x=y", `annotations: {a: "1,2", example.com/b: x=y}`},
		"set-cloudsql-instances": {"p:r:a,p:r:b", `cloudsql_instances: ["p:r:a", "p:r:b"]`},
		"no-cpu-throttling":      {"true", `cpu_throttling: false`},
		"min":                    {"2", `service_min_instances: 2`},
		"scaling":                {"auto", `scaling: auto`},
		"gpu":                    {"1", `gpu: 1`},
	} {
		extra := ""
		if flag == "gpu" {
			extra = ", cpu: 4, memory: 16Gi, cpu_throttling: false"
		}
		got, err := configured(t, strings.TrimPrefix(extra, ", "), map[string][]string{flag: {tt.text}})
		if err != nil {
			t.Error(err)
			continue
		}
		want, err := configured(t, tt.yaml+extra, nil)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("--%s %s: -file +flag\n%s", flag, tt.text, diff)
		}
	}
	// "" is gcloud's word for none.
	if got, err := configured(t, "startup_probe: {tcp_socket: {}}", map[string][]string{"startup-probe": {""}}); err != nil || got.StartupProbe != nil {
		t.Errorf("%+v, %v", got, err)
	}
	for text, want := range map[string]string{"httpGet=1,httpGet.path=/": "must be KEY=VALUE pairs", "httpGet.pth=/": "unknown key run.startup_probe.http_get.pth", "periodSeconds=x": "must be a whole number", "a": "KEY=VALUE"} {
		if _, err := configured(t, "", map[string][]string{"startup-probe": {text}}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
}

// TestDocumentedSettings holds that the example in the documentation is one, and has every
// key, or the text below it does.
func TestDocumentedSettings(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("../../docs/cloud-run.md")
	if err != nil {
		t.Fatal(err)
	}
	_, text, ok := strings.Cut(string(data), "## Settings\n")
	_, example, found := strings.Cut(text, "```yaml\n")
	example, _, closed := strings.Cut(example, "```")
	if !ok || !found || !closed {
		t.Fatal("there is no example of settings")
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "gcpdeploy.yaml"), []byte(example), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := config.Load(config.Input{Dir: dir, Targets: []config.Target{run.Kind.Config}}); err != nil {
		t.Error(err)
	}
	for _, k := range run.Kind.Config.Keys {
		if _, name, nested := strings.Cut(k.Name, "."); nested {
			k.Name = name
		}
		if !strings.Contains(text, k.Name) && k.Name != "port" {
			t.Errorf("%s is not documented", k.Name)
		}
	}
}
