package plugin_test

import (
	"encoding/base64"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gcpdeploy/gcpdeploy/gcp/appengine"
	"github.com/gcpdeploy/gcpdeploy/gcp/run"
	"github.com/gcpdeploy/gcpdeploy/internal/config"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/plugin"
)

const key = `{"type":"service_account","project_id":"of-the-key","private_key":"-----BEGIN PRIVATE KEY-----\nMIIc4nary\n-----END PRIVATE KEY-----\n","client_email":"ci@of-the-key.iam.gserviceaccount.com"}`

func input(vars map[string]string) plugin.Input {
	return plugin.Input{
		Lookup: func(name string) (string, bool) { v, ok := vars[name]; return v, ok },
		Names:  slices.Collect(maps.Keys(vars)), Dir: "/", Targets: []config.Target{run.Kind.Config, appengine.Kind.Config},
	}
}

func with(base map[string]string, pairs ...string) map[string]string {
	vars := maps.Clone(base)
	for i := 0; i < len(pairs); i += 2 {
		vars[pairs[i]] = pairs[i+1]
	}
	return vars
}

var (
	drone = map[string]string{
		"CI": "true", "DRONE": "true", "DRONE_BUILD_EVENT": "push", "DRONE_BRANCH": "main", "DRONE_WORKSPACE": "/drone/src", "PLUGIN_SERVICE": "shop",
	}
	woodpecker = map[string]string{
		"CI": "woodpecker", "CI_PIPELINE_EVENT": "push", "CI_COMMIT_BRANCH": "main", "CI_WORKSPACE": "/woodpecker/src/shop", "PLUGIN_SERVICE": "shop",
	}
)

func TestCommand(t *testing.T) {
	t.Parallel()
	const (
		src   = "/drone/src"
		keeps = "this is a pull request: all is built and tested, and nothing released; `no_release: false` would, of those that `build_trust_pull_requests` trusts"
	)
	for _, tt := range []struct {
		name string
		vars map[string]string
		want plugin.Call
	}{
		{"nothing is said", drone, plugin.Call{Args: []string{"up"}, Dir: src}},
		{"deploy", with(drone, "PLUGIN_ACTION", "deploy", "PLUGIN_DIR", "apps/a", "PLUGIN_VERBOSE", "true"), plugin.Call{Args: []string{"up", "--verbose"}, Dir: src + "/apps/a"}},
		{"Woodpecker", with(woodpecker, "PLUGIN_JSON", "true"), plugin.Call{Args: []string{"up", "--json"}, Dir: "/woodpecker/src/shop"}},
		{"an absolute folder", with(drone, "PLUGIN_DIR", "/src"), plugin.Call{Args: []string{"up"}, Dir: "/src"}},
		{"a pull request", with(drone, "DRONE_BUILD_EVENT", "pull_request", "DRONE_PULL_REQUEST", "7"), plugin.Call{Args: []string{"up", "--no-release"}, Dir: src, Warnings: []string{keeps}}},
		{"Woodpecker's", with(woodpecker, "CI_PIPELINE_EVENT", "pull_request", "PLUGIN_ACTION", "deploy"), plugin.Call{Args: []string{"up", "--no-release"}, Dir: "/woodpecker/src/shop", Warnings: []string{keeps}}},
		{"one that is to be deployed", with(drone, "DRONE_BUILD_EVENT", "pull_request", "PLUGIN_NO_RELEASE", "false"), plugin.Call{Args: []string{"up"}, Dir: src}},
		{"one that prebuilds", with(drone, "DRONE_BUILD_EVENT", "pull_request", "PLUGIN_ACTION", "prebuild"), plugin.Call{Args: []string{"wheels", "prebuild"}, Dir: src}},
		{"a test", with(drone, "PLUGIN_ACTION", "test", "PLUGIN_NO_RELEASE", "true"), plugin.Call{Args: []string{"up", "--no-release"}, Dir: src}},
		{"prune takes no log", with(drone, "PLUGIN_ACTION", "prune", "PLUGIN_VERBOSE", "true", "PLUGIN_JSON", "true"), plugin.Call{Args: []string{"wheels", "prune", "--yes", "--json"}, Dir: src}},
		{"what has no effect", with(drone, "PLUGIN_VARIANT", "beta", "PLUGIN_MEMROY", "1Gi", "PLUGIN_QQQ", "x", "PLUGIN_ENV_SECRET_", "x", "PLUGIN_IMAGE", ""), plugin.Call{Args: []string{"up"}, Dir: src, Warnings: []string{
			"PLUGIN_ENV_SECRET_ is no setting that is known", "PLUGIN_MEMROY is no setting that is known; did you mean memory?", "PLUGIN_QQQ is no setting that is known",
			"PLUGIN_VARIANT has no effect: gcpdeploy runs no gcloud, of whichever variant",
		}}},
		{"what is known", with(drone, "PLUGIN_WHEELS_NO_BINARY", "numpy", "PLUGIN_RUN", "{}", "PLUGIN_ENVIRONMENT", "{}", "PLUGIN_CONFIG", "x", "PLUGIN_ENV", "x", "PLUGIN_TEST_COMMAND", "x", "PLUGIN_ENV_SECRET_A", "x"),
			plugin.Call{Args: []string{"up"}, Dir: src}},
		{"flags", with(drone, "PLUGIN_ADDL_FLAGS", `{"min-instances":1,"cpu":0.5,"no-allow-unauthenticated":"","set-env-vars":"A=1,B=2"}`), plugin.Call{Args: []string{"up"}, Dir: src, Settings: map[string]string{
			"PLUGIN_RUN_MIN_INSTANCES": "1", "PLUGIN_RUN_CPU": "0.5", "PLUGIN_RUN_ALLOW_UNAUTHENTICATED": "false", "PLUGIN_RUN_ENV": "A=1,B=2", "PLUGIN_APP_ENGINE_ENV_VARIABLES": "A=1,B=2",
		}}},
		{"drone-gae's", with(drone, "PLUGIN_TARGET", "app-engine", "PLUGIN_ACTION", "update", "PLUGIN_APP_FILE", "prod.yaml", "PLUGIN_CRON_FILE", "cron.yaml", "PLUGIN_DISPATCH_FILE", "dispatch.yaml", "PLUGIN_MAX_VERSIONS", "3",
			"PLUGIN_ADDL_ARGS", `{"--service-account":"a@b.iam.gserviceaccount.com","--quiet":""}`, "PLUGIN_ADDL_FLAGS", "--no-promote,--no-stop-previous-version", "PLUGIN_BETA", "true", "PLUGIN_GCLOUD_CMD", "/bin/gcloud"),
			plugin.Call{Args: []string{"up", "--no-traffic"}, Dir: src, Settings: map[string]string{
				"PLUGIN_RUN_SERVICE_ACCOUNT": "a@b.iam.gserviceaccount.com", "PLUGIN_APP_ENGINE_SERVICE_ACCOUNT": "a@b.iam.gserviceaccount.com", "PLUGIN_APP_ENGINE_STOP_PREVIOUS_VERSION": "false",
			}, Warnings: []string{"PLUGIN_BETA has no effect: gcpdeploy runs no gcloud, of whichever variant", "PLUGIN_GCLOUD_CMD has no effect: gcpdeploy runs no gcloud"}}},
		{"of a test", with(drone, "PLUGIN_ACTION", "test", "PLUGIN_ADDL_FLAGS", `["--promote","--no-traffic"]`), plugin.Call{Args: []string{"up", "--no-release"}, Dir: src}},
		{"a variable is no secret that others see", with(drone, "PLUGIN_ENV_SECRET_API_KEY", "s3cret-value"), plugin.Call{Args: []string{"up"}, Dir: src, Secrets: []string{"s3cret-value"}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := plugin.Read(input(tt.vars))
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(tt.want, got); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
	elsewhere := input(with(drone, "PLUGIN_DIR", "a"))
	if elsewhere.Dir = "/drone/src"; true {
		if got, err := plugin.Read(elsewhere); err != nil || got.Dir != "a" {
			t.Errorf("in the workspace: %+v, %v", got, err)
		}
	}
}

func TestCredentials(t *testing.T) {
	t.Parallel()
	wrapped := base64.StdEncoding.EncodeToString([]byte(key))
	wrapped = wrapped[:76] + "\n" + wrapped[76:] + "\n"
	for _, tt := range []struct{ name, variable, text string }{
		{"as it is", "PLUGIN_TOKEN", key}, {"base64", "PLUGIN_TOKEN", wrapped}, {"of URLs, without padding", "PLUGIN_TOKEN", base64.RawURLEncoding.EncodeToString([]byte(key))},
		{"drone-gae's", "PLUGIN_GAE_CREDENTIALS", key}, {"a secret", "TOKEN", wrapped}, {"drone-gae's secret", "GAE_CREDENTIALS", key},
	} {
		got, err := plugin.Read(input(with(drone, tt.variable, tt.text)))
		if err != nil || string(got.Key) != key || got.KeyFrom != tt.variable || !slices.Contains(got.Secrets, tt.text) {
			t.Errorf("%s: from %s, %v", tt.name, got.KeyFrom, err)
		}
	}
	got, err := plugin.Read(input(with(drone, "TOKEN", "of somebody else", "PLUGIN_TOKEN", key)))
	if err != nil || got.KeyFrom != "PLUGIN_TOKEN" {
		t.Errorf("the setting is stronger: %+v, %v", got.KeyFrom, err)
	}
	got, err = plugin.Read(input(with(drone, "TOKEN", "of somebody else")))
	if err != nil || got.Key != nil || !slices.Equal(got.Warnings, []string{"TOKEN holds no key of a service account, and is not used"}) {
		t.Errorf("anybody's: %+v, %v", got, err)
	}
}

func TestRefused(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, setting, value, want, hint string }{
		{"an action", "action", "deplyo", "PLUGIN_ACTION: is none that is known", "Did you mean deploy?"},
		{"an action of others", "action", "call", "PLUGIN_ACTION: is none that is known", "Known are deploy, plan, "},
		{"traffic", "action", "update-traffic", "PLUGIN_ACTION: the plugin divides no traffic", "for `gcpdeploy traffic`"},
		{"an image", "image", "eu.gcr.io/p/i", "PLUGIN_IMAGE: gcpdeploy builds the image", "base_image"},
		{"a version", "version", "v1", "PLUGIN_VERSION: releases are not named", "Take it out"},
		{"variables of a template", "vars", "{}", "PLUGIN_VARS: ", "environment"},
		{"variables of appcfg.py", "ae_environment", `{"A":"$B"}`, "PLUGIN_AE_ENVIRONMENT: it was for appcfg.py", "environment"},
		{"queues", "queue_file", "queue.yaml", "PLUGIN_QUEUE_FILE: gcpdeploy deploys no queues", "gcloud tasks"},
		{"commands of gcloud", "sub_commands", "list", "PLUGIN_SUB_COMMANDS: gcpdeploy runs no gcloud", "releases"},
		{"an image by a flag", "addl_flags", "--image-url=x", "PLUGIN_ADDL_FLAGS: of its 1 flag, in the order of the alphabet, number 1 is none", "gcpdeploy up --help"},
		{"a boolean", "no_release", "perhaps", "PLUGIN_NO_RELEASE: must be true or false", ""},
		{"no mapping", "addl_flags", "[1]", "PLUGIN_ADDL_FLAGS: must be a mapping", "without their dashes"},
		{"a flag", "addl_flags", `{"cpu":1,"min-instance":1}`, "PLUGIN_ADDL_FLAGS: of its 2 flags, in the order of the alphabet, number 2 is none of gcpdeploy's", "Did you mean min-instances?"},
		{"a flag of gcloud's", "addl_flags", `{"remove-containers":"a"}`, "number 1 is none", "gcpdeploy up --help"},
		{"a flag's value", "addl_flags", `{"cpu":[1]}`, "--cpu must have one text", ""},
		{"a flag said twice", "addl_flags", `{"test":true,"no-test":true}`, "both say test", "Give one of them."},
		{"no key", "token", "ya29.abc", "PLUGIN_TOKEN: holds no key", "base64"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := plugin.Read(input(with(drone, "PLUGIN_"+strings.ToUpper(tt.setting), tt.value)))
			if errs.KindOf(err) != errs.Usage || !strings.Contains(err.Error(), tt.want) || !strings.Contains(errs.HintOf(err), tt.hint) {
				t.Errorf("%v\nhint: %s", err, errs.HintOf(err))
			}
		})
	}
}

func TestWanted(t *testing.T) {
	t.Parallel()
	if plugin.Wanted([]string{"PATH", "DRONE", "XPLUGIN_A"}) || !plugin.Wanted([]string{"PATH", "PLUGIN_SERVICE"}) {
		t.Error("a plugin's run is one with settings")
	}
}
