package run

import (
	"net/http"
	"time"

	"cloud.google.com/go/run/apiv2/runpb"
)

// sessionCookie keeps a caller with what answered it, for so long
// (cloud.google.com/run/docs/configuring/session-affinity).
const (
	sessionCookie = "GAESA"
	sessionTime   = 30 * 24 * time.Hour
)

// session is the revision that a caller's session is with, while that has traffic.
func (rt *route) session(r *http.Request) *revision {
	c, err := r.Cookie(sessionCookie)
	if err != nil {
		return nil
	}
	for _, rev := range rt.slots {
		if rev.template.GetSessionAffinity() && rev.pb.GetUid() == c.Value {
			return rev
		}
	}
	return nil
}

// stick has an answer begin a session with a revision that wants it.
func (r *revision) stick(w http.ResponseWriter) {
	if r.template.GetSessionAffinity() {
		w.Header().Del("Set-Cookie") // of a revision that did not answer
		http.SetCookie(w, &http.Cookie{Name: sessionCookie, Value: r.pb.GetUid(), Path: "/", MaxAge: int(sessionTime.Seconds()), HttpOnly: true})
	}
}

// still says whether a service is told to have no instances.
func (svc *service) still() bool {
	svc.srv.mu.Lock()
	defer svc.srv.mu.Unlock()
	s := svc.pb.GetScaling()
	return s.GetScalingMode() == runpb.ServiceScaling_MANUAL && s.GetManualInstanceCount() == 0
}
