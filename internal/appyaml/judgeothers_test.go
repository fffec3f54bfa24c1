package appyaml_test

import (
	"testing"

	"github.com/gcpdeploy/gcpdeploy/internal/appyaml"
)

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
