package appengine

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

func request(t *testing.T, addr string, cookie *http.Cookie) *http.Request {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
	r.RemoteAddr = addr
	if cookie != nil {
		r.AddCookie(cookie)
	}
	return r
}

// TestShares: of a thousand requests each version gets its share, whatever they are
// told apart by; who has been with a version comes back to it.
func TestShares(t *testing.T) {
	t.Parallel()
	allocations := document{"a": 0.5, "b": 0.333, "c": 0.167}
	for _, by := range []string{"RANDOM", "COOKIE"} {
		split, got := document{"shardBy": by, "allocations": allocations}, map[string]int{}
		for turn := range uint64(1000) {
			slot, set := slotOf(split, request(t, "127.0.0.1:1", nil), turn+17)
			got[versionAt(split, slot)]++
			if by == "COOKIE" {
				if again, more := slotOf(split, request(t, "127.0.0.1:1", set), 0); again != slot || more != nil {
					t.Fatalf("slot %d, then %d and %v", slot, again, more)
				}
			}
		}
		if got["a"] != 500 || got["b"] != 333 || got["c"] != 167 {
			t.Errorf("by %s: %v", by, got)
		}
	}
	split, got := document{"shardBy": "IP", "allocations": document{"a": 0.5, "b": 0.5}}, map[string]int{}
	for i := range 200 {
		ip := "127.0.0." + string(rune('1'+i%9))
		slot, set := slotOf(split, request(t, ip+":1", nil), uint64(i))
		if again, _ := slotOf(split, request(t, ip+":2", nil), 5); again != slot || set != nil {
			t.Fatalf("%s: slot %d, then %d, %v", ip, slot, again, set)
		}
		got[versionAt(split, slot)]++
	}
	if len(got) != 2 {
		t.Errorf("by IP: %v", got)
	}
	for _, bad := range []string{"x1000", "-1", "y"} {
		if _, set := slotOf(document{"shardBy": "COOKIE"}, request(t, "", &http.Cookie{Name: userCookie, Value: bad}), 0); set == nil {
			t.Errorf("the cookie %s is taken", bad)
		}
	}
	if v := versionAt(document{"allocations": document{"one": 1.0}}, 999); v != "one" {
		t.Errorf("all to one: %q", v)
	}
	if v := versionAt(nil, 0); v != "" {
		t.Errorf("no split: %q", v)
	}
}

func TestNamed(t *testing.T) {
	t.Parallel()
	for host, want := range map[string][3]string{
		"p.localhost:8080": {"p", "", ""}, "worker-dot-p.localhost": {"p", "worker", ""}, "V1-dot-worker-dot-p.localhost": {"p", "worker", "v1"},
		"v1-dot-p.localhost": {"p", "default", "v1"}, "p.example.com": {}, "a-dot-b-dot-c-dot-p.localhost": {},
	} {
		project, service, version := named(host, func(_, service string) bool { return service == "worker" })
		if got := [3]string{project, service, version}; got != want {
			t.Errorf("%s: %q", host, got)
		}
	}
}
