package serving_test

import (
	"testing"

	"github.com/gcpdeploy/gcpdeploy/internal/serving"
)

func TestFailing(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]bool{
		"[2026-11-26 19:00:00 +0000] [1] [ERROR] Reason: Worker failed to boot.":                          true,
		"gunicorn.errors.HaltServer: <HaltServer 'App failed to load.' 4>":                                true,
		"[1] [CRITICAL] WORKER TIMEOUT (pid:9)":                                                           true,
		"[1] [ERROR] Worker (pid:9) was sent SIGKILL! Perhaps out of memory?":                             true,
		"INFO:     Child process [12] died":                                                               true,
		"ERROR:    Application startup failed. Exiting.":                                                  true,
		"Process Sanic-Server-0-0:":                                                                       true,
		"[ERROR] Not all workers acknowledged a successful startup. Shutting down.":                       true,
		"[ERROR] Unexpected exit from worker-1":                                                           true,
		"hypercorn.utils.LifespanFailureError: Lifespan failure in startup. 'x'":                          true,
		"*** no python application found, check your startup logs for errors ***":                         true,
		"child 0 (pid 9) exited with status 1, restarting":                                                true,
		"INFO gave up: app entered FATAL state, too many start retries too quickly":                       true,
		"[INFO] Booting worker with pid: 9":                                                               false,
		"INFO:     Application startup complete.":                                                         false,
		"child process for thumbnails died out":                                                           false,
		"Traceback (most recent call last):":                                                              false,
		"worker: retrying the connection, the database failed to boot":                                    false,
		"[INFO] Goin' Fast @ http://0.0.0.0:8080 and Process Sanic-Server-0-0 is only mentioned here, so": false,
	} {
		if got := serving.Failing(line); got != want {
			t.Errorf("Failing(%q) = %v", line, got)
		}
	}
}

func TestRaised(t *testing.T) {
	t.Parallel()
	for log, want := range map[string]string{
		"": "",
		"Traceback (most recent call last):\n  File \"a.py\", line 1\nModuleNotFoundError: No module named 'x'\n[1] [INFO] Exiting": "ModuleNotFoundError: No module named 'x'",
		"ValueError: first\ndjango.core.exceptions.ImproperlyConfigured: SECRET_KEY\n":                                              "django.core.exceptions.ImproperlyConfigured: SECRET_KEY",
		"NotImplementedError\n":                              "NotImplementedError",
		"An Error: happened\nerror: no\nno ValueError: here": "",
	} {
		if got := serving.Raised(log); got != want {
			t.Errorf("Raised(%q) = %q, want %q", log, got, want)
		}
	}
}
