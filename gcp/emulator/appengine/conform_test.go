package appengine

import (
	"encoding/json"
	"strings"
	"testing"

	"google.golang.org/grpc/status"
)

// TestSchema: every type that a field has is there.
func TestSchema(t *testing.T) {
	t.Parallel()
	s := theSchema()
	for message, fields := range s.fields {
		for name, f := range fields {
			_, scalar := map[string]bool{"any": true, "string": true, "bool": true, "duration": true, "timestamp": true, "double": true, "int32": true, "uint32": true, "int64": true}[f.kind]
			if !scalar && s.fields[f.kind] == nil && s.enums[f.kind] == nil {
				t.Errorf("%s.%s has the unknown type %q", message, name, f.kind)
			}
		}
	}
}

// TestConform: what is taken, as it is kept; and what is refused, in Google's words.
func TestConform(t *testing.T) {
	t.Parallel()
	const unknown, wrong = "Invalid JSON payload received. Unknown name ", "Invalid value at "
	for _, tt := range []struct{ message, body, want, refused string }{
		{"Version", `{"id":"a","readiness_check":{"path":"/x","failure_threshold":"3","timeout":"4s"}}`, `{"id":"a","readinessCheck":{"failureThreshold":3,"path":"/x","timeout":"4s"}}`, ""},
		{"Version", `{"servingStatus":2,"inboundServices":[8],"network":{"instanceIpMode":"internal"}}`, `{"inboundServices":["INBOUND_SERVICE_WARMUP"],"network":{"instanceIpMode":"INTERNAL"},"servingStatus":"STOPPED"}`, ""},
		{"Version", `{"resources":{"memoryGb":2.3,"volumes":[{"name":"a","sizeGb":1}]},"vm":null}`, `{"resources":{"memoryGb":2.3,"volumes":[{"name":"a","sizeGb":1}]}}`, ""},
		{"Version", `{"diskUsageBytes":"7","deployment":{"container":{"image":"i"}},"generatedCustomerMetadata":{"a":[1]}}`, `{"deployment":{"container":{"image":"i"}},"diskUsageBytes":"7","generatedCustomerMetadata":{"a":[1]}}`, ""},
		{"Service", `{"split":{"allocations":{"a":1},"shardBy":0}}`, `{"split":{"allocations":{"a":1},"shardBy":"UNSPECIFIED"}}`, ""},
		{"Version", `{"color":"red"}`, "", unknown + `"color" at 'version': Cannot find field.`},
		{"Version", `{"resources":{"cpus":1,"rams":2}}`, "", unknown + `"cpus" at 'version.resources': Cannot find field.` + "\n" + unknown + `"rams" at 'version.resources': Cannot find field.`},
		{"Version", `{"handlers":[{},{"script":{"path":"x"}}]}`, "", unknown + `"path" at 'version.handlers[1].script': Cannot find field.`},
		{"Version", `{"automaticScaling":{"customMetrics":[]}}`, "", unknown + `"customMetrics" at 'version.automatic_scaling': Cannot find field.`},
		{"Version", `{"manualScaling":{"instances":1.5}}`, "", wrong + `'version.manual_scaling.instances' (TYPE_INT32), 1.5`},
		{"Version", `{"manualScaling":{"instances":"two"}}`, "", wrong + `'version.manual_scaling.instances' (TYPE_INT32), "two"`},
		{"Version", `{"envVariables":{"A":"x","N":5}}`, "", wrong + `'version.env_variables[1].value' (TYPE_STRING), 5`},
		{"Version", `{"readinessCheck":{"successThreshold":-1,"timeout":"4"}}`, "", wrong + `'version.readiness_check.success_threshold' (TYPE_UINT32), -1` + "\n" + wrong + `'version.readiness_check.timeout' (type.googleapis.com/google.protobuf.Duration), "4"`},
		{"Version", `{"resources":"big"}`, "", wrong + `'version.resources' (type.googleapis.com/google.appengine.v1.Resources), "big"`},
		{"Version", `{"servingStatus":"ASLEEP"}`, "", wrong + `'version.serving_status' (type.googleapis.com/google.appengine.v1.ServingStatus), "ASLEEP"`},
		{"Service", `{"split":{"allocations":{"a":"much"}}}`, "", wrong + `'service.split.allocations[0].value' (TYPE_DOUBLE), "much"`},
		{"Application", `{"dispatchRules":[{"host":"*"}]}`, "", unknown + `"host" at 'application.dispatch_rules[0]': Cannot find field.`},
	} {
		var body document
		if err := json.Unmarshal([]byte(tt.body), &body); err != nil {
			t.Fatal(err)
		}
		doc, err := conform(body, tt.message, false)
		if tt.refused != "" {
			if got := status.Convert(err).Message(); got != tt.refused {
				t.Errorf("%s:\n%s\nwant\n%s", tt.body, got, tt.refused)
			}
			continue
		}
		if got, _ := json.Marshal(doc); err != nil || string(got) != tt.want {
			t.Errorf("%s: %s, %v; want %s", tt.body, got, err, tt.want)
		}
	}
	if _, err := conform(document{"automaticScaling": document{"customMetrics": []any{document{"metricName": "m"}}}}, "Version", true); err != nil {
		t.Errorf("in v1beta: %v", err)
	}
	if _, err := conform(document{"nobuildFilesRegex": strings.Repeat("x", 1000)}, "Version", false); err != nil {
		t.Error(err)
	}
}
