package run

import (
	"fmt"
	"html"
	"net/http"
	"slices"
	"strings"

	"cloud.google.com/go/run/apiv2/runpb"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/frame"
)

// Caller is who a token is.
type Caller struct {
	Member string // as in a policy: user:E, serviceAccount:E
	Owner  bool   // of the project, who may call everything
	Access bool   // by a token for APIs, which is nothing for an app
}

// gcloudAudience is the audience of the tokens of `gcloud auth print-identity-token`
// for people, which Cloud Run takes for every service.
const gcloudAudience = "32555940559.apps.googleusercontent.com"

// tokens are the headers that may hold one; the first that is there counts.
var tokens = []string{"X-Serverless-Authorization", "Authorization"}

// admit says whether a request may come to the app, as the front end in front of
// Cloud Run does by the service's policy, and answers it where it may not. What
// proves the caller's identity is not handed on.
func (svc *service) admit(w http.ResponseWriter, r *http.Request) bool {
	caller, sent, known := svc.caller(r)
	svc.srv.mu.Lock()
	if svc.pb.GetDefaultUriDisabled() || svc.pb.GetIngress() == runpb.IngressTraffic_INGRESS_TRAFFIC_NONE { // it has no other addresses here
		svc.srv.mu.Unlock()
		frame.NotServed(w)
		return false
	}
	public := svc.pb.GetInvokerIamDisabled() || svc.invokes("allUsers")
	may := caller.Owner || known && svc.invokes(caller.Member)
	svc.srv.mu.Unlock()
	switch {
	case public, may:
		return true
	case sent && !known:
		w.Header().Set("WWW-Authenticate", `Bearer error="invalid_token" error_description="The access token could not be verified"`)
		refuse(w, http.StatusUnauthorized, "Your client does not have permission to the requested URL <code>"+html.EscapeString(r.URL.Path)+"</code>.")
	default:
		refuse(w, http.StatusForbidden, "Your client does not have permission to get URL <code>"+html.EscapeString(r.URL.Path)+"</code> from this server.")
	}
	return false
}

// invokes says whether a policy, of the service or of its project, lets a member call
// the service.
func (svc *service) invokes(member string) bool {
	return svc.srv.cfg.Policies.Has(member, "run.routes.invoke", svc.pb.GetName())
}

// caller is who a request says it is from. It takes the proof out of the request:
// a token for APIs as a whole, of an identity token its signature.
func (svc *service) caller(r *http.Request) (c Caller, sent, known bool) {
	svc.srv.mu.Lock()
	audiences := slices.Concat(svc.pb.GetUrls(), svc.pb.GetCustomAudiences(), []string{gcloudAudience})
	svc.srv.mu.Unlock()
	for _, name := range tokens {
		token, ok := bearer(r, name)
		if !ok {
			continue
		}
		who, is := Caller{}, false
		if svc.srv.cfg.Caller != nil {
			who, is = svc.srv.cfg.Caller(token, audiences)
		}
		if !sent {
			c, sent, known = who, true, is
		}
		switch {
		case who.Owner, who.Access:
			r.Header.Del(name)
		case is:
			r.Header.Set(name, "Bearer "+token[:strings.LastIndexByte(token, '.')+1]+"SIGNATURE_REMOVED_BY_GOOGLE")
		}
	}
	return c, sent, known
}

// bearer is the token in a header. Docker's way to send one is taken too, so that it
// reaches no app.
func bearer(r *http.Request, name string) (token string, ok bool) {
	if _, password, basic := r.BasicAuth(); basic && name == "Authorization" {
		return password, true
	}
	scheme, token, ok := strings.Cut(r.Header.Get(name), " ")
	return strings.TrimSpace(token), ok && strings.EqualFold(scheme, "Bearer")
}

// refuse answers in the form of Google's front end, and says to whoever looks at it
// in a browser what to do.
func refuse(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/html; charset=UTF-8")
	w.WriteHeader(status)
	fmt.Fprintf(w, `<html><head>
<meta http-equiv="content-type" content="text/html;charset=utf-8">
<title>%[1]d %[2]s</title>
</head>
<body text=#000000 bgcolor=#ffffff>
<h1>Error: %[2]s</h1>
<h2>%[3]s</h2>
<h2></h2>
<p>This service is private, as it would be at Google. <code>gcpdeploy open --local</code> opens it in a browser,
<code>gcpdeploy curl --local</code> calls it; with <code>run.allow_unauthenticated: true</code> everybody may.</p>
</body></html>
`, status, http.StatusText(status), text)
}
