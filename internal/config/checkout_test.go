package config

import "testing"

// TestFromCheckout: the folder's name says nothing where every repository has the same.
func TestFromCheckout(t *testing.T) {
	t.Parallel()
	vars := map[string]string{"BUILD_ID": "c0ffee00-1111-2222-3333-444455556666", "PROJECT_ID": "built", "LOCATION": "global", "REPO_FULL_NAME": "acme/Shop_Front"}
	lookup := func(name string) (string, bool) { v, ok := vars[name]; return v, ok }
	// The folder says nothing where every repository has the same.
	for place, want := range map[string]string{"/workspace": "shop-front", "/workspace/apps/a": ""} {
		if got := fromBuild(lookup, place)["service"].text; got != want {
			t.Errorf("%s: service %q, want %q", place, got, want)
		}
	}
	vars["BUILD_ID"] = "17" // somebody else's
	if got := fromBuild(lookup, "/workspace"); len(got) > 0 {
		t.Errorf("%v", got)
	}
}
