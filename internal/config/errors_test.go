package config_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/internal/config"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

// told is the error as a user sees it: message, excerpt with caret, hint.
func told(t *testing.T, dir string, err error) string {
	t.Helper()
	if err == nil {
		return "no error"
	}
	if errs.KindOf(err) != errs.Usage {
		t.Errorf("kind of %v is %v, want usage", err, errs.KindOf(err))
	}
	out := err.Error()
	if p := errs.PlaceOf(err); p != nil && p.Excerpt != "" {
		out += "\n" + p.Pointer()
	}
	if h := errs.HintOf(err); h != "" {
		out += "\nhint: " + h
	}
	return strings.ReplaceAll(out, dir+string(filepath.Separator), "")
}

func TestFileErrors(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, yaml, want string }{
		{"unknown key", "service: x\nregoin: europe-west1\n", `gcpdeploy.yaml:2:1: unknown key regoin
    2 | regoin: europe-west1
      | ^
hint: Did you mean region?`},
		{"unknown nested key", "run:\n  memroy: 1Gi\n", `gcpdeploy.yaml:2:3: unknown key run.memroy
    2 |   memroy: 1Gi
      |   ^
hint: Did you mean memory?`},
		{"key at the wrong level", "port: 80\n", `gcpdeploy.yaml:1:1: unknown key port
    1 | port: 80
      | ^
hint: Did you mean run.port?`},
		{"key too deep", "run: {region: x}\n", `gcpdeploy.yaml:1:7: unknown key run.region
    1 | run: {region: x}
      |       ^
hint: Did you mean region?`},
		{"a key of the future", "wheels: {mirror: true}\n", `gcpdeploy.yaml:1:10: unknown key wheels.mirror
    1 | wheels: {mirror: true}
      |          ^
hint: Known in wheels are no_binary, only_binary, index_url, netrc_secret, credentials_command, max_age, build_env, config_settings, build_constraints, lock_build_requirements, skip_imports, notify, notify_on.`},
		{"dotted key", "run.port: 80\n", `gcpdeploy.yaml:1:1: unknown key run.port
    1 | run.port: 80
      | ^
hint: Write it as a key under run.`},
		{"after wide text", "é: x\n", "gcpdeploy.yaml:1:1: unknown key é\n    1 | é: x\n      | ^\nhint: Known are"},
		{"column counts bytes", "run: {env: {A: ö}, x: 1}\n", "gcpdeploy.yaml:1:21: unknown key run.x"},
		{"duplicate key", "service: a\nregion: europe-west1\nservice: b\n", `gcpdeploy.yaml:3:1: key "service" already defined at line 1
    3 | service: b
      | ^
hint: Keep one of them.`},
		{"two documents", "service: a\n---\nservice: b\n", `gcpdeploy.yaml:3:1: a second YAML document starts here
    3 | service: b
      | ^
hint: Keep one document`},
		{"tab", "run:\n\tport: 80\n", "gcpdeploy.yaml:2:1: a tab cannot indent YAML\n    2 | \tport: 80\n      | ^\nhint: Indent with spaces."},
		{"unclosed", "requirements: [a\n", "gcpdeploy.yaml:1:15: sequence end token ']' not found"},
		{"colon", "entrypoint: python: x\n", "gcpdeploy.yaml:1:13: mapping value is not allowed in this context\n    1 | entrypoint: python: x\n      |             ^\nhint: Check the indentation"},
		{"no mapping", "- a\n", "gcpdeploy.yaml:1:1: must be a mapping of keys, but is a list"},
		{"text", "hello\n", `gcpdeploy.yaml:1:1: must be a mapping of keys, but is text: "hello"`},
		{"no value", "region:\n", "gcpdeploy.yaml:1:1: region has no value\n    1 | region:\n      | ^\nhint: Give it a value or remove it."},
		{"no nested value", "run:\n  port: ~\n", "gcpdeploy.yaml:2:3: run.port has no value"},
		{"section is text", "run: 8080\n", `gcpdeploy.yaml:1:6: run must be a mapping, but is a number: "8080"`},
		{"list for text", "region: [a]\n", "gcpdeploy.yaml:1:9: region must be text, but is a list"},
		{"boolean for text", "service: true\n", `gcpdeploy.yaml:1:10: service must be text, but is true or false: "true"`},
		{"text for list", "requirements: a.txt\n", "gcpdeploy.yaml:1:15: requirements must be a list, but is text: \"a.txt\"\n    1 | requirements: a.txt\n      |               ^\nhint: Write [a.txt]."},
		{"list in list", "requirements: [a, [b]]\n", "gcpdeploy.yaml:1:19: requirements[1] must be text, but is a list"},
		{"quoted number", "run: {port: \"80\"}\n", "gcpdeploy.yaml:1:13: run.port must be a number, but is text: \"80\"\n    1 | run: {port: \"80\"}\n      |             ^\nhint: Remove the quotes."},
		{"fraction", "run: {port: 80.5}\n", `gcpdeploy.yaml:1:13: run.port must be a whole number`},
		{"huge number", "run: {port: 99999999999999999999}\n", `gcpdeploy.yaml:1:13: run.port must be a whole number`},
		{"port", "run: {port: 65536}\n", "gcpdeploy.yaml:1:13: run.port must be from 1 to 65535, not 65536"},
		{"yes for true", "start: yes\n", `gcpdeploy.yaml:1:8: start must be true or false, but is text: "yes"`},
		{"service", "service: My_App\n", "gcpdeploy.yaml:1:10: service must start with a letter, hold only a-z, 0-9 and hyphens, not end in a hyphen, and be shorter than 50, not \"My_App\"\n    1 | service: My_App\n      |          ^\nhint: Try my-app."},
		{"service that ends in a hyphen", "service: app-\n", "hint: Try app."},
		{"service too long", "service: " + strings.Repeat("a", 50) + "\n", "be shorter than 50"},
		{"reserved", "service: wheels\n", `gcpdeploy.yaml:1:10: service cannot be "wheels": that is the name of an image of gcpdeploy's own`},
		{"project number", "project: 123456\n", `gcpdeploy.yaml:1:10: project must be a project ID`},
		{"zone", "region: europe-west1-b\n", "gcpdeploy.yaml:1:9: region must be a region, and \"europe-west1-b\" is a zone\n    1 | region: europe-west1-b\n      |         ^\nhint: Write europe-west1."},
		{"patch level", "python: 3.12.4\n", `hint: Write "3.12"; to pin the patch level set base_image, as in python:3.12.4-slim.`},
		{"python", "python: 2.7\n", "gcpdeploy.yaml:1:9: python cannot be \"2.7\"\n    1 | python: 2.7\n      |         ^\nhint: Write a minor version from 3.9 on, such as 3.12, or 3.14t for a free-threaded build."},
		{"python against image", "base_image: python:3.11-slim\npython: 3.12\n", "gcpdeploy.yaml:2:9: python is 3.12, but base_image is python:3.11-slim"},
		{"free-threaded against image", "base_image: python:3.14-slim\npython: 3.14t\n", "gcpdeploy.yaml:2:9: python is 3.14t, but base_image is python:3.14-slim"},
		{"free-threaded patch level", "python: 3.14.1t\n", `hint: Write "3.14t": base_image decides`},
		{"image", "base_image: 'python:3.12 slim'\n", "gcpdeploy.yaml:1:13: base_image must be an image reference"},
		{"cpu", "run: {cpu: 3}\n", `gcpdeploy.yaml:1:12: run.cpu must be 1, 2, 4, 6 or 8, or from 80m to 1 in steps of 10m, not "3"`},
		{"cpu form", "run: {cpu: 1 core}\n", `gcpdeploy.yaml:1:12: run.cpu must be CPUs such as 1 or 500m`},
		{"memory", "run: {memory: 512MB}\n", `gcpdeploy.yaml:1:15: run.memory must be an amount such as 512Mi or 2Gi, not "512MB"`},
		{"memory range", "run: {memory: 64Gi}\n", "run.memory must be from 128Mi to 32Gi"},
		{"timeout", "run: {timeout: 2h}\n", `gcpdeploy.yaml:1:16: run.timeout must be whole seconds from 1s to 3600s, not "2h"`},
		{"timeout form", "build: {timeout: soon}\n", `gcpdeploy.yaml:1:18: build.timeout must be a duration, but is text: "soon"`},
		{"instances", "run:\n  min_instances: 3\n  max_instances: 2\n", "gcpdeploy.yaml:2:18: run.min_instances is 3, more than run.max_instances, 2"},
		{"small cpu", "run: {cpu: 500m, concurrency: 80}\n", "gcpdeploy.yaml:1:31: run.concurrency must be 1 when run.cpu is less than 1"},
		{"machine", "build: {machine_type: e2-highcpu-16}\n", "hint: Did you mean E2_HIGHCPU_8?"},
		{"target", "target: heroku\n", "gcpdeploy.yaml:1:9: target must be cloud-run, not \"heroku\""},
		{"PORT", "run: {env: {PORT: 80}}\n", "gcpdeploy.yaml:1:13: run.env: PORT is set by Cloud Run and cannot be given"},
		{"K_", "run: {secrets: {K_SERVICE: a:1}}\n", "run.secrets: K_SERVICE is set by Cloud Run"},
		{"variable name", "run: {env: {1A: x}}\n", `gcpdeploy.yaml:1:13: run.env: must be a variable name`},
		{"variable without value", "run: {env: {A: }}\n", "run.env.A has no value"},
		{"variable without a space", "run: {env: {A:1}}\n", "gcpdeploy.yaml:1:13: run.env: must be a variable name (letters, digits and _, not starting with a digit), not \"A:1\"\nhint: Write a space after the colon."},
		{"key without a space", "run: {port:80}\n", "gcpdeploy.yaml:1:7: unknown key run.port:80\n    1 | run: {port:80}\n      |       ^\nhint: Write a space after the colon."},
		{"variable with a list", "run: {env: {A: [x]}}\n", "gcpdeploy.yaml:1:16: run.env.A must be text, a number or a boolean, but is a list"},
		{"secret and variable", "run:\n  env: {A: x}\n  secrets: {A: a:1}\n", "gcpdeploy.yaml:3:13: run.secrets: A is in run.env too"},
		{"secret without version", "run: {secrets: {A: s3cr3t}}\n", "gcpdeploy.yaml:1:20: run.secrets.A must be SECRET:VERSION\nhint: Name a secret of Secret Manager and its version, as in api-key:latest."},
		{"credentials", "wheels: {index_url: 'https://me:hush@x.org/simple'}\n", "gcpdeploy.yaml:1:21: wheels.index_url must not hold credentials\nhint: Remove user and password"},
		{"settings", "wheels: {config_settings: {numpy: [speed]}}\n", `gcpdeploy.yaml:1:36: wheels.config_settings.numpy must be KEY=VALUE, not "speed"`},
		{"a constraint without a version", "wheels: {build_constraints: [setuptools]}\n", "gcpdeploy.yaml:1:30: wheels.build_constraints[0] must be a package and its versions, not \"setuptools\"\n    1 | wheels: {build_constraints: [setuptools]}\n      |                              ^\nhint: Write it as in setuptools<81."},
		{"settings of no package", "wheels: {config_settings: {-x: a=b}}\n", `gcpdeploy.yaml:1:28: wheels.config_settings: must be a Python package name, not "-x"`},
		{"a file for builds", "wheels: {build_env: {PIP_BUILD_CONSTRAINT: limits.txt}}\n", "gcpdeploy.yaml:1:22: wheels.build_env: PIP_BUILD_CONSTRAINT names a file that builds do not have"},
		{"a constraint with a login", "wheels: {build_constraints: ['x @ https://me:hush@x.org/x.whl']}\n", "gcpdeploy.yaml:1:30: wheels.build_constraints[0] must be a package and its versions, not a link"},
		{"a secret for builds", "wheels: {build_env: {MY_TOKEN: x}}\n", "gcpdeploy.yaml:1:22: wheels.build_env: MY_TOKEN looks like a secret\nhint: Take it out: names and values are in keys, labels and logs."},
		{"no module", "wheels: {skip_imports: [numpy, 'PIL/_x']}\n", `gcpdeploy.yaml:1:32: wheels.skip_imports[1] must be the name of a module, as in an import, not "PIL/_x"`},
		{"a package", "wheels: {skip_imports: [opencv-python]}\n", `gcpdeploy.yaml:1:25: wheels.skip_imports[0] must be the name of a module, as in an import, not "opencv-python"`},
		{"index", "wheels: {index_url: x.org}\n", "gcpdeploy.yaml:1:21: wheels.index_url must be an http or https URL"},
		{"package", "system_packages: {build: [gcc, 'a b']}\n", `gcpdeploy.yaml:1:32: system_packages.build[1] must be a Debian package name, not "a b"`},
		{"empty command", "entrypoint: ''\n", "gcpdeploy.yaml:1:13: entrypoint is empty"},
		{"empty list", "entrypoint: []\n", "gcpdeploy.yaml:1:13: entrypoint is an empty list"},
		{"quote", "entrypoint: \"python 'x\"\n", "gcpdeploy.yaml:1:13: entrypoint has a ' without its second one"},
		{"test", "test: 5\n", `gcpdeploy.yaml:1:7: test must be false, a command, or a mapping, but is a number: "5"`},
		{"start path", "start: {path: healthz}\n", `gcpdeploy.yaml:1:15: start.path must be a path such as /healthz, not "healthz"`},
		{"start fragment", "start: {path: '/a b'}\n", "gcpdeploy.yaml:1:15: start.path must be a path"},
		{"start status", "start: {status: 20}\n", "gcpdeploy.yaml:1:17: start.status must be from 200 to 599, not 20"},
		{"start protocol", "start: {protocol: htp}\n", "gcpdeploy.yaml:1:19: start.protocol must be http, grpc or tcp, not \"htp\"\n"},
		{"start path of a protocol without", "start: {path: /x, protocol: tcp}\n", "gcpdeploy.yaml:1:15: start.path is of HTTP, but start.protocol is tcp"},
		{"start key", "start: {pth: /x}\n", "gcpdeploy.yaml:1:9: unknown key start.pth\n"},
		{"start of the wrong type", "start: 5\n", `gcpdeploy.yaml:1:8: start must be true or false, but is a number: "5"`},
		{"absolute requirements", "requirements: [/etc/x]\n", "requirements[0] cannot be an absolute path"},
		{"templates", "templates: none\n", "gcpdeploy.yaml:1:12: templates: stat"},
		{"ca file is a folder", "ca_file: .\n", "gcpdeploy.yaml:1:10: ca_file must be a file"},
		{"alias", "service: *x\n", "gcpdeploy.yaml:1:10: alias *x has no anchor &x before it"},
		{"tag", "service: !!binary aGk=\n", "gcpdeploy.yaml:1:10: tag !!binary is not understood here"},
		{"merge", "<<: 3\n", "gcpdeploy.yaml:1:1: << merges mappings"},
		{"endless merge", "run: &a {<<: *a}\n", "too many or too deeply nested"},
		{"laughs", "service: &a [x,x,x,x,x,x,x,x,x]\nregion: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nproject: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\npython: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\ntarget: [*d,*d,*d,*d]\n", "too many or too deeply nested"},
		{"not UTF-8", "service: \xff\n", "gcpdeploy.yaml: is not UTF-8 text"},
		{"unused environment", "environments: {prod: {run: {prot: 1}}}\n", "gcpdeploy.yaml:1:29: unknown key run.prot"},
		{"environment in environment", "environments: {prod: {environments: {}}}\n", "unknown key environments"},
		{"environment of the wrong type", "environments: {prod: {region: 5}}\n", `gcpdeploy.yaml:1:31: region must be a region such as europe-west1, not "5"`},
		{"environments is a list", "environments: [prod]\n", "gcpdeploy.yaml:1:15: environments must be a mapping of names to keys"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir := app(t, tt.yaml)
			_, err := config.Load(config.Input{Targets: targets, Dir: dir})
			if got := told(t, dir, err); !strings.Contains(got, tt.want) {
				t.Errorf("got:\n%s\nwant:\n%s", got, tt.want)
			}
			if err != nil && strings.Contains(told(t, dir, err), "hush") {
				t.Error("the password is shown")
			}
		})
	}
}

func TestOtherErrors(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, yaml, env string
		flags           map[string][]string
		vars            map[string]string
		file, want      string
	}{
		{name: "flag", flags: map[string][]string{"port": {"0"}}, want: "--port: run.port must be from 1 to 65535, not 0"},
		{name: "flag that is no number", flags: map[string][]string{"port": {"http"}}, want: `--port: run.port must be a whole number, but is text: "http"`},
		{name: "unknown flag", flags: map[string][]string{"prot": {"0"}}, want: "--prot: is no flag"},
		{name: "two opposites", flags: map[string][]string{"start": {"true"}, "no-start": {"true"}}, want: "--start: given together with --no-start"},
		{name: "variable", vars: map[string]string{"GCPDEPLOY_RUN_CPU": "3"}, want: "GCPDEPLOY_RUN_CPU: run.cpu must be 1, 2, 4"},
		{name: "plugin", vars: map[string]string{"PLUGIN_SERVICE": "X"}, want: "PLUGIN_SERVICE: service must start with a letter"},
		{name: "section", vars: map[string]string{"PLUGIN_RUN": `{"port": 1, "cpus": 2}`}, want: "PLUGIN_RUN: unknown key run.****\nhint: Did you mean cpu?"},
		{name: "section is no JSON", vars: map[string]string{"GCPDEPLOY_RUN": `{"port": `}, want: "GCPDEPLOY_RUN: run looks like JSON and is not"},
		{name: "section is text", vars: map[string]string{"GCPDEPLOY_RUN": `8080`}, want: "GCPDEPLOY_RUN: run must be a JSON object"},
		{name: "pairs", vars: map[string]string{"GCPDEPLOY_RUN_ENV": `A`}, want: "GCPDEPLOY_RUN_ENV: run.env must be KEY=VALUE pairs"},
		{name: "separator", flags: map[string][]string{"set-env-vars": {"^;A=1"}}, want: "--set-env-vars: run.env starts with ^ and names no separator"},
		{name: "gcloud's", vars: map[string]string{"CLOUDSDK_CORE_PROJECT": "My Project"}, want: "CLOUDSDK_CORE_PROJECT: project must be a project ID"},
		{name: "missing file", file: "other.yaml", want: "reading the configuration: open other.yaml"},
		{name: "environment without a file", env: "prod", want: `environment "prod" is asked for, and there is no`},
		{name: "environment", yaml: "environments: {prod: {}, staging: }\n", env: "stagin", want: "gcpdeploy.yaml has no environment \"stagin\"\nhint: Did you mean staging?"},
		{name: "environment of a variable", yaml: "environments: {prod: {}, b: {}}\n", vars: map[string]string{"GCPDEPLOY_ENV": "zzzzz"}, want: "hint: Known are b, prod."},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir := app(t, tt.yaml)
			_, err := config.Load(config.Input{Targets: targets, Dir: dir, File: tt.file, Env: tt.env, Flags: tt.flags, Lookup: lookup(tt.vars)})
			if got := told(t, dir, err); !strings.Contains(got, tt.want) {
				t.Errorf("got:\n%s\nwant:\n%s", got, tt.want)
			}
		})
	}
}

func TestDirectoryErrors(t *testing.T) {
	t.Parallel()
	dir := app(t, "")
	_, err := config.Load(config.Input{Targets: targets, Dir: filepath.Join(dir, "none")})
	if !errors.Is(err, os.ErrNotExist) || errs.KindOf(err) != errs.Usage {
		t.Errorf("no directory: %v", err)
	}
	if _, err := config.Load(config.Input{Targets: targets, Dir: filepath.Join(dir, "app.py")}); err == nil || !strings.Contains(err.Error(), "is a file") {
		t.Errorf("a file: %v", err)
	}
	write(t, filepath.Join(dir, "gcpdeploy.yml"), "service: short\n")
	if c := load(t, config.Input{Dir: dir}); c.Service != "short" {
		t.Errorf("gcpdeploy.yml is not read: %q", c.Service)
	}
	write(t, filepath.Join(dir, "gcpdeploy.yaml"), "service: long\n")
	if _, err := config.Load(config.Input{Targets: targets, Dir: dir}); err == nil || !strings.Contains(err.Error(), "both") {
		t.Errorf("two files: %v", err)
	}
}
