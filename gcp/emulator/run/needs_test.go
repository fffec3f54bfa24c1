package run_test

import (
	"context"
	"testing"

	"cloud.google.com/go/run/apiv2/runpb"
)

// TestSecretsAndFaults: a secret reaches the container; the fault knobs work.
func TestSecretsAndFaults(t *testing.T) {
	t.Parallel()
	c := withDocker(t)
	c.Secret = func(_ context.Context, version string) (string, error) {
		return version, nil
	}
	e := start(t, c)
	s := echo("")
	s.Env[0].Values = &runpb.EnvVar_ValueSource{ValueSource: &runpb.EnvVarSource{SecretKeyRef: &runpb.SecretKeySelector{Secret: "key", Version: "3"}}}
	svc, err := e.create("hello", service(s))
	if err != nil {
		t.Fatal(err)
	}
	if _, body, _ := fetch(t, svc.GetUri(), ""); body != "projects/demo/secrets/key/versions/3" {
		t.Errorf("%q", body)
	}
	e.server.Faults.Fail("Start", 1, 14)
	if _, err := e.update(updated(svc.GetName(), echo("two"))); err == nil {
		t.Error("the start did not fail as asked")
	}
	e.server.Faults.Fail("UpdateService", 1, 10)
	if _, err := e.update(updated(svc.GetName(), echo("three"))); err == nil {
		t.Error("the update did not fail as asked")
	}
	if _, err := e.update(updated(svc.GetName(), echo("three"))); err != nil {
		t.Error(err)
	}
}
