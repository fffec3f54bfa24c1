package appengine

import "testing"

func TestDispatched(t *testing.T) {
	t.Parallel()
	rules := []rule{{"*", "/mobile/*", "mobile"}, {"api.example.com", "/*", "api"}, {"*.example.com", "/work*", "worker"}, {"*", "/exact", "exact"}}
	for _, c := range [][3]string{
		{"shop.localhost", "/", "default"}, {"shop.localhost", "/mobile/x", "mobile"}, {"shop.localhost", "/mobile", "default"}, {"api.example.com", "/mobile/", "mobile"},
		{"api.example.com", "/work", "api"}, {"www.example.com", "/workers/1", "worker"}, {"example.com", "/work", "default"}, {"shop.localhost", "/exact", "exact"}, {"shop.localhost", "/exact/", "default"},
	} {
		if got := dispatched(rules, c[0], c[1]); got != c[2] {
			t.Errorf("%s%s is for %s, not %s", c[0], c[1], got, c[2])
		}
	}
}
