package knative

import (
	"encoding/json"
	"fmt"

	"google.golang.org/grpc/codes"
)

// kept refuses a part of an object that is not in what became of it: a field that
// v2, or we, cannot hold is told and never lost. Annotations have a table of their
// own.
func kept(asked, became any) error {
	var a, b any
	for from, to := range map[any]*any{asked: &a, became: &b} {
		data, err := json.Marshal(from)
		if err == nil {
			err = json.Unmarshal(data, to)
		}
		if err != nil {
			return statusf(codes.Internal, "%v", err)
		}
	}
	return lost("spec", a, b)
}

func lost(path string, a, b any) error {
	switch a := a.(type) {
	case map[string]any:
		b, _ := b.(map[string]any)
		for k, v := range a {
			if k == "annotations" {
				continue
			}
			if err := lost(path+"."+k, v, b[k]); err != nil {
				return err
			}
		}
		return nil
	case []any:
		b, _ := b.([]any)
		for i, v := range a {
			var other any
			if i < len(b) {
				other = b[i]
			}
			if err := lost(fmt.Sprintf("%s[%d]", path, i), v, other); err != nil {
				return err
			}
		}
		return nil
	}
	if a == nil || a == "" || a == false || a == 0.0 || a == b {
		return nil
	}
	return statusf(codes.Unimplemented, "%s: %v is not emulated", path, a)
}
