package config_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gcpdeploy/gcpdeploy/internal/config"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

func TestEdit(t *testing.T) {
	t.Parallel()
	account := map[string]string{"build.service_account": "b@p.iam.gserviceaccount.com"}
	for _, tt := range []struct {
		name, text, env string
		set             map[string]string
		want            string
	}{
		{"no file", "", "", account, "build:\n  service_account: b@p.iam.gserviceaccount.com\n"},
		{"comments alone", "# mine\n", "", account, "# mine\nbuild:\n  service_account: b@p.iam.gserviceaccount.com\n"},
		{"no section", "service: a # the name", "", account, "service: a # the name\nbuild:\n  service_account: b@p.iam.gserviceaccount.com\n"},
		{"a section", "build: # how\n    # long\n    timeout: 1h # enough\n\n# end\n", "", account,
			"build: # how\n    service_account: b@p.iam.gserviceaccount.com\n    # long\n    timeout: 1h # enough\n\n# end\n"},
		{"an empty section", "build:\nservice: a\n", "", account, "build:\n  service_account: b@p.iam.gserviceaccount.com\nservice: a\n"},
		{"a flow section", "build: {timeout: 1h} # ü\n", "", account, "build: {service_account: b@p.iam.gserviceaccount.com, timeout: 1h} # ü\n"},
		{"an empty flow section", "build: {}\n", "", account, "build: {service_account: b@p.iam.gserviceaccount.com}\n"},
		{"another value", "build:\n  service_account: 'old@p.iam.gserviceaccount.com'  # why\n", "", account,
			"build:\n  service_account: b@p.iam.gserviceaccount.com  # why\n"},
		{"another value in flow", "build: {service_account: old@p.x, timeout: 1h}\n", "", account,
			"build: {service_account: b@p.iam.gserviceaccount.com, timeout: 1h}\n"},
		{"the same value", "build: {service_account: b@p.iam.gserviceaccount.com}\n", "", account, "build: {service_account: b@p.iam.gserviceaccount.com}\n"},
		{"an environment", "environments:\n  prod:\n    region: x\n", "prod", account,
			"environments:\n  prod:\n    build:\n      service_account: b@p.iam.gserviceaccount.com\n    region: x\n"},
		{"a new environment", "service: a\n", "prod", account,
			"service: a\nenvironments:\n  prod:\n    build:\n      service_account: b@p.iam.gserviceaccount.com\n"},
		{"an environment in flow", "environments: {prod: {region: x}}\n", "prod", account,
			"environments: {prod: {build: {service_account: b@p.iam.gserviceaccount.com}, region: x}}\n"},
		{"two keys", "", "", map[string]string{"build.logs_bucket": "1-logs", "build.service_account": "b@p.x"}, "build:\n  service_account: b@p.x\n  logs_bucket: \"1-logs\"\n"},
		{"removed", "a: 1 # x\nbuild:\n  # who\n  service_account: b@p.x\n  timeout: 1h\n", "", map[string]string{"build.service_account": ""},
			"a: 1 # x\nbuild:\n  # who\n  timeout: 1h\n"},
		{"removed with its section", "a: 1\nbuild:\n  service_account: b@p.x\nb: 2\n", "", map[string]string{"build.service_account": ""}, "a: 1\nb: 2\n"},
		{"removed with its environment", "environments:\n  prod:\n    build:\n      service_account: b@p.x\n", "prod", map[string]string{"build.service_account": ""}, ""},
		{"removed in flow", "build: {service_account: b@p.x, timeout: 1h}\n", "", map[string]string{"build.service_account": ""}, "build: {timeout: 1h}\n"},
		{"removed last in flow", "build: {timeout: 1h, service_account: b@p.x}\n", "", map[string]string{"build.service_account": ""}, "build: {timeout: 1h}\n"},
		{"removed, not there", "a: 1\n", "", map[string]string{"build.service_account": ""}, "a: 1\n"},
	} {
		got, err := config.Edit([]byte(tt.text), tt.env, tt.set)
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		if diff := cmp.Diff(tt.want, string(got)); diff != "" {
			t.Errorf("%s, -want +got:\n%s", tt.name, diff)
		}
		again, err := config.Edit(got, tt.env, tt.set)
		if err != nil || string(again) != string(got) {
			t.Errorf("%s, twice: %v\n%s", tt.name, err, again)
		}
	}
	for name, text := range map[string]string{
		"an alias":     "x: &b {timeout: 1h}\nbuild: *b\n",
		"a text":       "build: none\n",
		"over lines":   "build:\n  service_account:\n    b@p.x\n",
		"not YAML":     "build: [",
		"another kind": "build:\n- a\n",
	} {
		if got, err := config.Edit([]byte(text), "", account); errs.KindOf(err) != errs.Usage || errs.HintOf(err) == "" {
			t.Errorf("%s: %v, %q", name, err, got)
		}
	}
}
