package run_test

import (
	"net/http"
	"path/filepath"
	"testing"

	"cloud.google.com/go/run/apiv2/runpb"
)

func TestDeleteAndPurge(t *testing.T) {
	t.Parallel()
	c := withDocker(t)
	e := start(t, c)
	one, err := e.create("one", service(echo("one")))
	if err != nil {
		t.Fatal(err)
	}
	two, err := e.create("two", service(echo("two")))
	if err != nil {
		t.Fatal(err)
	}
	op, err := e.services.DeleteService(t.Context(), &runpb.DeleteServiceRequest{Name: one.GetName(), Etag: e.get(one.GetName()).GetEtag()})
	if err != nil {
		t.Fatal(err)
	}
	if gone, err := op.Wait(t.Context()); err != nil || gone.GetDeleteTime() == nil {
		t.Errorf("%v, %v", gone, err)
	}
	if res, err := http.Get(one.GetUri()); err == nil {
		res.Body.Close()
		t.Error("a deleted service answers")
	}
	wait(t, "the container to go", func() bool { return len(containers(t, c)) == 1 })
	if err := e.server.Purge(t.Context()); err != nil {
		t.Fatal(err)
	}
	if list := containers(t, c); len(list) != 0 {
		t.Errorf("after Purge: %v", list)
	}
	files, err := filepath.Glob(filepath.Join(c.Dir, "*"))
	if err != nil || len(files) != 0 {
		t.Errorf("after Purge: %v, %v", files, err)
	}
	if res, err := http.Get(two.GetUri()); err == nil {
		res.Body.Close()
		t.Error("a purged service answers")
	}
}
