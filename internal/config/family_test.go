package config_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gcpdeploy/gcpdeploy/gcp/appengine"
	"github.com/gcpdeploy/gcpdeploy/gcp/run"
	"github.com/gcpdeploy/gcpdeploy/internal/config"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

type given = map[string][]string

const described = `
run:
  env: {A: file, B: file}
  secrets: {KEY: key:1}
  labels: {team: a, cost: b}
  custom_audiences: [one, two]
  cloudsql_instances: [p:r:one]
  volumes: {data: {type: in-memory, mount: /data}}
  vpc: {network: default, subnet: sub, tags: [t]}
`

// TestFamilies: flags change what the file says, for one run, and say so.
func TestFamilies(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		flags given
		want  func(*run.Settings)
		gone  map[string]config.Removal
		note  string
	}{
		{"none", given{}, func(*run.Settings) {}, nil, ""},
		{"update", given{"update-env-vars": {"A=flag", "C=x=y"}}, func(s *run.Settings) { s.Env = env{"A": "flag", "B": "file", "C": "x=y"} }, nil, "--update-env-vars: for this run"},
		{"remove", given{"remove-env-vars": {"A,X"}}, func(s *run.Settings) { s.Env = env{"B": "file"} }, map[string]config.Removal{"run.env": {Names: []string{"A", "X"}}}, "--remove-env-vars: for"},
		{"both, removed first", given{"remove-env-vars": {"A,B"}, "update-env-vars": {"A=new"}}, func(s *run.Settings) { s.Env = env{"A": "new"} },
			map[string]config.Removal{"run.env": {Names: []string{"B"}}}, "--remove-env-vars, --update-env-vars: for"},
		{"clear", given{"clear-env-vars": {"true"}}, func(s *run.Settings) { s.Env = nil }, map[string]config.Removal{"run.env": {All: true}}, "--clear-env-vars: for"},
		{"not cleared", given{"clear-env-vars": {"false"}}, func(*run.Settings) {}, nil, ""},
		{"set", given{"set-env-vars": {"^;^N=1,2"}}, func(s *run.Settings) { s.Env = env{"N": "1,2"} }, nil, ""},
		{"labels", given{"update-labels": {"team=b"}, "remove-labels": {"cost"}}, func(s *run.Settings) { s.Labels = env{"team": "b"} }, map[string]config.Removal{"run.labels": {Names: []string{"cost"}}}, "--"},
		{"secrets", given{"update-secrets": {"/etc/s/k=key:2"}}, func(s *run.Settings) { s.Secrets = env{"KEY": "key:1", "/etc/s/k": "key:2"} }, nil, "--"},
		{"a list", given{"add-custom-audiences": {"three,one"}, "remove-custom-audiences": {"two"}}, func(s *run.Settings) { s.CustomAudiences = []string{"one", "three"} },
			map[string]config.Removal{"run.custom_audiences": {Names: []string{"two"}}}, "--"},
		{"an empty list", given{"remove-cloudsql-instances": {"p:r:one"}}, func(s *run.Settings) { s.CloudSQLInstances = nil }, map[string]config.Removal{"run.cloudsql_instances": {Names: []string{"p:r:one"}}}, "--"},
		{"blocks", given{"add-volume": {"name=nas,type=nfs,location=10.0.0.1:/x,readonly=true,mount=/nas"}, "remove-volume": {"data"}},
			func(s *run.Settings) {
				s.Volumes = map[string]run.Volume{"nas": {Type: "nfs", Location: "10.0.0.1:/x", ReadOnly: true, Mount: "/nas"}}
			},
			map[string]config.Removal{"run.volumes": {Names: []string{"data"}}}, "--"},
		{"one flag of several keys", given{"clear-network": {"true"}}, func(s *run.Settings) { s.VPC = run.VPC{} },
			map[string]config.Removal{"run.vpc.network": {All: true}, "run.vpc.subnet": {All: true}, "run.vpc.tags": {All: true}}, "--clear-network: for"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			want := *settings(load(t, config.Input{Dir: app(t, described)}))
			tt.want(&want)
			c := load(t, config.Input{Dir: app(t, described), Flags: tt.flags})
			if diff := cmp.Diff(&want, settings(c)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			if diff := cmp.Diff(tt.gone, c.Removed); diff != "" {
				t.Errorf("removed: -want +got:\n%s", diff)
			}
			if notes := strings.Join(c.Notes, "\n"); !strings.HasPrefix(notes, tt.note) || tt.note == "" && notes != "" {
				t.Errorf("notes: %q", notes)
			}
		})
	}
}

// TestFamilyOverVariable: a variable that says the whole is what the flags change.
func TestFamilyOverVariable(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"A=v,B=v", `{"A": "v", "B": "v"}`} {
		c := load(t, config.Input{
			Dir: app(t, described), Lookup: lookup(env{"GCPDEPLOY_RUN_ENV": text}), Flags: given{"update-env-vars": {"A=flag"}},
		})
		if diff := cmp.Diff(env{"A": "flag", "B": "v"}, settings(c).Env); diff != "" {
			t.Errorf("%s: -want +got:\n%s", text, diff)
		}
	}
}

// TestFamilyFaults: what excludes each other, and what is no entry.
func TestFamilyFaults(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		flags given
		want  string
	}{
		{given{"set-env-vars": {"A=1"}, "update-env-vars": {"B=1"}}, "--update-env-vars: at most one of --clear-env-vars | --env-vars-file | --set-env-vars | --update-env-vars --remove-env-vars can be given"},
		{given{"clear-env-vars": {"true"}, "remove-env-vars": {"A"}}, "--remove-env-vars: at most one of"},
		{given{"env-vars-file": {"x.yaml"}, "set-env-vars": {"A=1"}}, "--set-env-vars: at most one of"},
		{given{"labels": {"a=b"}, "clear-labels": {"true"}}, "--labels: at most one of --clear-labels | --labels | --update-labels --remove-labels"},
		{given{"network-tags": {"a"}, "clear-network": {"true"}}, "--network-tags: at most one of --clear-network --clear-network-tags | --network-tags can"},
		{given{"update-env-vars": {"canary"}}, "--update-env-vars: run.env must be KEY=VALUE pairs"},
		{given{"update-env-vars": {"A=canary", "A=2"}}, "--update-env-vars: run.env: A is given twice"},
		{given{"update-env-vars": {"PORT=1"}}, "run.env: PORT is set by Cloud Run"},
		{given{"add-volume": {"type=nfs"}}, "--add-volume: run.volumes has no name"},
		{given{"add-volume": {"name=x,type=nfs,colour=red"}}, "unknown key run.volumes.x.colour"},
	} {
		_, err := config.Load(config.Input{Dir: app(t, described), Targets: targets, Flags: tt.flags})
		if errs.KindOf(err) != errs.Usage || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error()+errs.HintOf(err), "canary") {
			t.Errorf("%v: %v", tt.flags, err)
		}
	}
}

// TestFamilyOfTarget: a flag that several targets have is the chosen one's, and one that it
// has not is an error.
func TestFamilyOfTarget(t *testing.T) {
	t.Parallel()
	in := config.Input{Dir: app(t, "target: app-engine\n"), Targets: []config.Target{run.Kind.Config, appengine.Kind.Config}, Flags: given{"update-env-vars": {"A=1"}}}
	c, err := config.Load(in)
	if err != nil || c.Settings.(*appengine.Settings).Env["A"] != "1" {
		t.Errorf("%v", err)
	}
	in.Flags = given{"clear-labels": {"true"}}
	if _, err := config.Load(in); err == nil || !strings.Contains(err.Error(), "--clear-labels: is no flag of the target app-engine") {
		t.Errorf("%v", err)
	}
}

// TestEnvFile: a file of variables is below the key, and as a flag in place of the file's.
func TestEnvFile(t *testing.T) {
	t.Parallel()
	const yaml = "run: {env_file: deploy/vars.env, env: {A: file}}\n"
	for _, tt := range []struct {
		flags given
		want  env
	}{
		{nil, env{"A": "file", "B": "vars"}},
		{given{"remove-env-vars": {"B"}}, env{"A": "file"}},
		{given{"set-env-vars": {"N=1"}}, env{"N": "1"}},
		{given{"clear-env-vars": {"true"}}, nil},
		{given{"env-vars-file": {"OTHER"}}, env{"O": "other"}},
	} {
		dir := app(t, yaml)
		write(t, filepath.Join(dir, "deploy/vars.env"), "A=vars\nB=vars\n")
		other := filepath.Join(dir, "other.yaml")
		write(t, other, "O: other\n")
		if tt.flags["env-vars-file"] != nil {
			tt.flags["env-vars-file"] = []string{other}
		}
		c := load(t, config.Input{Dir: dir, Flags: tt.flags})
		if diff := cmp.Diff(tt.want, settings(c).Env); diff != "" {
			t.Errorf("%v: -want +got:\n%s", tt.flags, diff)
		}
	}
}

// TestEnvFileFaults: the place of what is wrong in the file, and none of its values.
func TestEnvFileFaults(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, text, want string }{
		{"v.env", "A=1\nB canary\n", "v.env:2: this line is no NAME=VALUE"},
		{"v.env", "A='canary\n", "v.env:1: this line is no NAME=VALUE"},
		{"v.env", "PORT=canary\n", "v.env:1: run.env: PORT is set by Cloud Run"},
		{"v.env", "A=${HOME}canary\n", "v.env:1: A: the file does not set HOME before this"},
		{"v.yaml", "A: x\nB: [canary]\n", "v.yaml:2"},
		{"v.yaml", "A: canary: x\n", "v.yaml:1"},
		{"v.yaml", "A: x\nB: 8017\n", "v.yaml:2:1: B must be text, and is a number"},
		{"none.yaml", "", "gcpdeploy.yaml:1"},
	} {
		dir := app(t, "run: {env_file: "+tt.name+"}\n")
		if tt.text != "" {
			write(t, filepath.Join(dir, tt.name), tt.text)
		}
		_, err := config.Load(config.Input{Dir: dir, Targets: targets})
		if errs.KindOf(err) != errs.Usage || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s %q: %v", tt.name, tt.text, err)
			continue
		}
		all := err.Error() + errs.HintOf(err)
		if p := errs.PlaceOf(err); p != nil {
			all += p.Excerpt
		}
		if strings.Contains(all, "canary") || strings.Contains(all, "8017") {
			t.Errorf("%s %q: a value is shown: %s", tt.name, tt.text, all)
		}
	}
}
