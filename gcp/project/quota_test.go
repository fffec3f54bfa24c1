package project

import (
	"encoding/json"
	"testing"
)

// TestQuotaIn picks the limit of a region out of what Google answers.
func TestQuotaIn(t *testing.T) {
	t.Parallel()
	const builds = `"unit":"1/{project}/{region}/{build_origin}"`
	for name, tt := range map[string]struct {
		limits string
		want   int64
		known  bool
	}{
		"no limit":               {``, 0, false},
		"of all regions":         {`{` + builds + `,"quotaBuckets":[{"effectiveLimit":"20","defaultLimit":"20"}]}`, 20, true},
		"of the region":          {`{` + builds + `,"quotaBuckets":[{"effectiveLimit":"20"},{"effectiveLimit":"50","dimensions":{"region":"r1"}},{"effectiveLimit":"7","dimensions":{"region":"r2"}}]}`, 50, true},
		"of other regions":       {`{` + builds + `,"quotaBuckets":[{"effectiveLimit":"20"},{"effectiveLimit":"7","dimensions":{"region":"r2"}}]}`, 20, true},
		"nothing":                {`{` + builds + `,"quotaBuckets":[{"effectiveLimit":"20"},{"dimensions":{"region":"r1"}}]}`, 0, true},
		"unlimited":              {`{` + builds + `,"quotaBuckets":[{"effectiveLimit":"-1"}]}`, Unlimited, true},
		"of who began the build": {`{` + builds + `,"quotaBuckets":[{"effectiveLimit":"20"},{"effectiveLimit":"1","dimensions":{"region":"r1","build_origin":"x"}}]}`, 20, true},
		"of that alone":          {`{` + builds + `,"quotaBuckets":[{"effectiveLimit":"1","dimensions":{"build_origin":"x"}}]}`, 0, false},
		"of the project":         {`{"unit":"1/{project}","quotaBuckets":[{"effectiveLimit":"1"}]}`, 0, false},
		"the least of several":   {`{"unit":"1/{project}/{region}","quotaBuckets":[{"effectiveLimit":"-1"}]},{"unit":"1/min/{project}/{region}","quotaBuckets":[{"effectiveLimit":"9"}]},{"unit":"1/d/{project}/{region}","quotaBuckets":[{"effectiveLimit":"30"}]}`, 9, true},
	} {
		var m quotaMetric
		if err := json.Unmarshal([]byte(`{"metric":"m","consumerQuotaLimits":[`+tt.limits+`]}`), &m); err != nil {
			t.Fatal(err)
		}
		if got, known := m.in("r1"); got != tt.want || known != tt.known {
			t.Errorf("%s: %d, %v, want %d, %v", name, got, known, tt.want, tt.known)
		}
	}
}
