package run

import (
	"strings"
	"testing"
)

func FuzzNames(f *testing.F) {
	f.Add("projects/p/locations/l/services/s")
	f.Add("projects/../locations/l/services/s")
	f.Add("projects/p/locations/l/services/s/revisions/s-1")
	f.Fuzz(func(t *testing.T, name string) {
		if l, id, err := parseService(name); err == nil && (l.String()+"/services/"+id != name || strings.Contains(name, "..")) {
			t.Errorf("parseService(%q) = %v, %q", name, l, id)
		}
		if svc, id, err := parseRevision(name); err == nil && svc+"/revisions/"+id != name {
			t.Errorf("parseRevision(%q) = %q, %q", name, svc, id)
		}
	})
}

func FuzzQuantity(f *testing.F) {
	for _, s := range []string{"1", "500m", "0.5", "512Mi", "1e9", "", "-1", "9999999999999999999999999Ti"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if n, ok := parseQuantity(s); ok && n < 0 {
			t.Errorf("parseQuantity(%q) = %v", s, n)
		}
	})
}
