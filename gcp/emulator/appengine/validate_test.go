package appengine_test

import (
	"net/http"
	"strings"
	"testing"
)

// TestSize: memory that does not go with the CPUs is told by the operation, and the
// version is not there.
func TestSize(t *testing.T) {
	t.Parallel()
	e := start(t, t.TempDir())
	e.must("POST", "/v1/apps", `{"id":"shop","locationId":"us-central"}`)
	o := e.wait(e.must("POST", service+"/versions", `{"id":"big","resources":{"cpu":2,"memoryGb":16},`+image+`}`))
	if o.Error == nil || o.Error.Code != 3 || o.Error.Message != "App Engine Flexible validation error: Memory GB (8.20) per VCPUs must be between 0.90 and 6.50." {
		t.Errorf("%+v", o)
	}
	if code, text := e.call("GET", service+"/versions/big", ""); code != http.StatusNotFound {
		t.Errorf("%d %s", code, text)
	}
	e.must("POST", service+"/versions", version("big")) // the operation is over
}

// TestUpdate: what of a version may change, and what of a service.
func TestUpdate(t *testing.T) {
	t.Parallel()
	e := start(t, t.TempDir())
	e.must("POST", "/v1/apps", `{"id":"shop","locationId":"us-central"}`)
	e.must("POST", service+"/versions", version("auto"))
	e.must("POST", service+"/versions", `{"id":"fixed","manualScaling":{"instances":2},`+image+`}`)
	for _, c := range []struct {
		path, body, refused string
	}{
		{"/versions/auto?updateMask=automaticScaling.minTotalInstances,automaticScaling.maxTotalInstances", `{"automaticScaling":{"minTotalInstances":3,"maxTotalInstances":4}}`, ""},
		{"/versions/auto?updateMask=automatic_scaling.cool_down_period", `{"automatic_scaling":{"cool_down_period":"90s"}}`, ""},
		{"/versions/auto?updateMask=automaticScaling.cpuUtilization.targetUtilization", `{"automaticScaling":{"cpuUtilization":{"targetUtilization":0.8}}}`, ""},
		{"/versions/fixed?updateMask=manualScaling.instances", `{"manualScaling":{"instances":1}}`, ""},
		{"/versions/fixed?updateMask=servingStatus", `{"servingStatus":2}`, ""},
		{"?updateMask=split", `{"split":{"shardBy":2,"allocations":{"auto":1}}}`, ""},
		{"/versions/auto?updateMask=automaticScaling.minTotalInstances", `{"automaticScaling":{"minTotalInstances":9}}`, "must not be greater than max_total_instances, 4"},
		{"/versions/auto?updateMask=automaticScaling.coolDownPeriod", `{"automaticScaling":{"coolDownPeriod":"5s"}}`, "at least 60 seconds"},
		{"/versions/auto?updateMask=manualScaling.instances", `{"manualScaling":{"instances":1}}`, "no manualScaling"},
		{"/versions/fixed?updateMask=manualScaling.instances", `{}`, "does not say"},
		{"/versions/auto?updateMask=envVariables", `{"envVariables":{"A":"b"}}`, "Invalid field in update_mask"},
		{"/versions/auto", `{"servingStatus":"STOPPED"}`, "Invalid field in update_mask"},
		{"/versions/auto?updateMask=servingStatus", `{"servingStatus":"ASLEEP"}`, "Invalid value at 'version.serving_status'"},
		{"/versions/auto?updateMask=servingStatus", `{"servingStatus":"STOPPED","colour":"red"}`, "Unknown name"},
		{"?updateMask=split", `{"split":{"shardBy":"IP","allocations":{"fixed":1}}}`, "not serving"},
		{"?updateMask=split", `{"split":{"shardBy":"IP","allocations":{"auto":0.5}}}`, "sum to 1"},
		{"?updateMask=split", `{"split":{"shardBy":"IP","allocations":{"auto":0.995,"fixed":0.005}}}`, "Invalid allocation"},
		{"?updateMask=split", `{"split":{"shardBy":"IP","allocations":{"ghost":1}}}`, "Could not find Version 'ghost'"},
		{"?updateMask=split&migrateTraffic=true", `{"split":{"shardBy":"IP","allocations":{"auto":1}}}`, "not supported in the flexible environment"},
		{"?updateMask=split", `{"split":{"shardBy":"WEATHER","allocations":{"auto":1}}}`, "Invalid value at 'service.split.shard_by'"},
		{"?updateMask=networkSettings", `{"networkSettings":{}}`, "must say which traffic"},
		{"?updateMask=id", `{"id":"x"}`, "Invalid field in update_mask"},
	} {
		code, text := e.call("PATCH", service+c.path, c.body)
		if c.refused == "" && code != http.StatusOK || c.refused != "" && (code != http.StatusBadRequest || !strings.Contains(text, c.refused)) {
			t.Errorf("%s %s: %d %s", c.path, c.body, code, text)
		}
	}
	got := e.must("GET", service+"/versions/auto?view=FULL", "")
	for _, part := range []string{`"minTotalInstances":3`, `"maxTotalInstances":4`, `"coolDownPeriod":"90s"`, `"targetUtilization":0.8`, `"servingStatus":"SERVING"`} {
		if !strings.Contains(got, part) {
			t.Errorf("%s is not in %s", part, got)
		}
	}
	if got := e.must("GET", service, ""); !strings.Contains(got, `"shardBy":"IP"`) {
		t.Errorf("the split: %s", got)
	}
}
