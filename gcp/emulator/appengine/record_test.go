package appengine_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
)

// TestRecords: operations can be asked for after a restart. One that was cut by a kill has
// failed, and is in nobody's way.
func TestRecords(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	e := start(t, dir)
	e.must("POST", "/v1/apps", `{"id":"shop","locationId":"us-central"}`)
	whole := e.wait(e.must("POST", service+"/versions", version("one")))
	cut := e.wait(e.must("POST", service+"/versions", version("two")))
	if err := e.Close(context.WithoutCancel(t.Context())); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "appengine", "operations", filepath.Base(cut.Name)+".json")
	data, err := os.ReadFile(path)
	var op map[string]any
	if err == nil {
		err = json.Unmarshal(data, &op)
	}
	if err != nil {
		t.Fatal(err)
	}
	delete(op, "done")
	delete(op, "response")
	if data, err = json.Marshal(op); err == nil {
		err = os.WriteFile(path, data, 0o600)
	}
	if err == nil {
		err = os.WriteFile(filepath.Join(filepath.Dir(path), "damaged.json"), []byte(`{"na`), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	e = start(t, dir)
	var all struct{ Operations []operation }
	if err := json.Unmarshal([]byte(e.must("GET", app+"/operations", "")), &all); err != nil || len(all.Operations) != 3 || all.Operations[0].Name != cut.Name || all.Operations[1].Name != whole.Name {
		t.Fatalf("%+v, %v", all, err)
	}
	if o := all.Operations[0]; !o.Done || o.Error == nil || o.Error.Code != 10 {
		t.Errorf("what was cut: %+v", o)
	}
	if o := e.wait(e.must("GET", "/v1/"+whole.Name, "")); o.Error != nil || o.Metadata.Target != "apps/shop/services/default/versions/one" {
		t.Errorf("what was done: %+v", o)
	}
	e.must("POST", service+"/versions", version("two"))
}
