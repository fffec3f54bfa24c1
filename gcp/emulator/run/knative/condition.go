package knative

import (
	"strings"

	"cloud.google.com/go/run/apiv2/runpb"
	runv1 "google.golang.org/api/run/v1"
)

// conditions are what v2 says of an object's state.
func conditions(all []*runpb.Condition) (v1 []*runv1.GoogleCloudRunV1Condition) {
	for _, c := range all {
		if c == nil {
			continue
		}
		to := &runv1.GoogleCloudRunV1Condition{Type: c.GetType(), Status: "Unknown", Message: c.GetMessage(), LastTransitionTime: stamp(c.GetLastTransitionTime()), Reason: reason(c)}
		switch c.GetState() {
		case runpb.Condition_CONDITION_SUCCEEDED:
			to.Status = "True"
		case runpb.Condition_CONDITION_FAILED:
			to.Status = "False"
		}
		switch c.GetSeverity() {
		case runpb.Condition_WARNING:
			to.Severity = "Warning"
		case runpb.Condition_INFO:
			to.Severity = "Info"
		}
		v1 = append(v1, to)
	}
	return v1
}

// reason is v2's in v1's spelling: REVISION_FAILED is RevisionFailed.
func reason(c *runpb.Condition) string {
	name := ""
	switch r := c.GetReasons().(type) {
	case *runpb.Condition_Reason:
		name = r.Reason.String()
	case *runpb.Condition_RevisionReason_:
		name = r.RevisionReason.String()
	case *runpb.Condition_ExecutionReason_:
		name = r.ExecutionReason.String()
	}
	var b strings.Builder
	for word := range strings.SplitSeq(name, "_") {
		if word != "" {
			b.WriteString(word[:1] + strings.ToLower(word[1:]))
		}
	}
	return b.String()
}
