// Package knative is Cloud Run's v1 API, the Knative objects that gcloud speaks:
// services, revisions, policies and operations, over the same state as v2. It
// keeps nothing: each call becomes calls of v2 on the emulators' own port, made
// as the caller, so that what is refused there is refused here. A service or
// revision is translated field by field, both ways; what v1 cannot say stays
// when a service is replaced, and what v2 cannot say is refused by name. Not
// kept is the name of the client on a revision, which v2 has for services only.
package knative

import (
	"context"
	"net/http"
	"regexp"
	"strings"

	"cloud.google.com/go/longrunning/autogen/longrunningpb"
	"cloud.google.com/go/run/apiv2/runpb"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/frame"
)

// Surface serves v1.
type Surface struct {
	parents    func() []string // projects/P/locations/L of all services
	conn       *grpc.ClientConn
	services   runpb.ServicesClient
	revisions  runpb.RevisionsClient
	jobs       runpb.JobsClient
	executions runpb.ExecutionsClient
	tasks      runpb.TasksClient
	operations longrunningpb.OperationsClient
}

// New makes a Surface over v2 at addr. The function parents lists where there are
// services, which v2 has no call for.
func New(addr string, parents func() []string) (*Surface, error) {
	conn, err := grpc.NewClient("passthrough:///"+addr, grpc.WithTransportCredentials(insecure.NewCredentials()), grpc.WithNoProxy(), grpc.WithAuthority(addr))
	if err != nil {
		return nil, err
	}
	return &Surface{parents, conn, runpb.NewServicesClient(conn), runpb.NewRevisionsClient(conn),
		runpb.NewJobsClient(conn), runpb.NewExecutionsClient(conn), runpb.NewTasksClient(conn), longrunningpb.NewOperationsClient(conn)}, nil
}

// Close frees the connection.
func (s *Surface) Close(context.Context) error { return s.conn.Close() }

var (
	namespaced = regexp.MustCompile(`^/apis/(?:serving\.knative\.dev/v1/namespaces/([^/]+)/(services|revisions)|run\.googleapis\.com/v1/namespaces/([^/]+)/(jobs|executions|tasks))(?:/([^/:]+))?(:[A-Za-z]+)?$`)
	located    = regexp.MustCompile(`^/v1/projects/([^/]+)/locations/([^/]+)/(services|revisions|operations)(?:/([^/:]+))?(:[A-Za-z]+)?$`)
	host       = regexp.MustCompile(`^(?:([a-z0-9-]+)-)?run\.googleapis\.com$`)
)

// Web is how the frame finds it. Operations have the same paths in other APIs, and
// are ours on Cloud Run's hosts only.
func (s *Surface) Web() *frame.Web {
	return &frame.Web{
		Host: "*run.googleapis.com",
		Has: func(path string) bool {
			m := located.FindStringSubmatch(path)
			return strings.HasPrefix(path, "/apis/") || m != nil && m[3] != "operations"
		},
		Surface: func(path string) frame.Surface {
			if !strings.HasPrefix(path, "/apis/") && !located.MatchString(path) {
				return frame.Surface{} // v2
			}
			return frame.Surface{Handler: s, Takes: frame.JSON, Challenge: frame.Google, Refuse: frame.RefuseJSON}
		},
	}
}

// request is a call, taken apart.
type request struct {
	*http.Request
	project, location string // as v2 has them; location may be "-"
	name              string // of the service, revision or operation
}

func (r request) parent() string { return "projects/" + r.project + "/locations/" + r.location }

func (r request) service() string { return r.parent() + "/services/" + r.name }

// dryRun says that the call is to be checked only.
func (r request) dryRun() bool { return r.URL.Query().Get("dryRun") == "all" }

// methods are the calls, by HTTP's method and the form of the path.
var methods = map[string]func(*Surface, context.Context, request) (any, error){
	"GET services":                       (*Surface).listServices,
	"POST services":                      (*Surface).createService,
	"GET services/*":                     (*Surface).getService,
	"PUT services/*":                     (*Surface).replaceService,
	"DELETE services/*":                  (*Surface).deleteService,
	"GET revisions":                      (*Surface).listRevisions,
	"GET revisions/*":                    (*Surface).getRevision,
	"DELETE revisions/*":                 (*Surface).deleteRevision,
	"GET services/*:getIamPolicy":        (*Surface).getPolicy,
	"POST services/*:setIamPolicy":       (*Surface).setPolicy,
	"POST services/*:testIamPermissions": (*Surface).testPermissions,
	"GET jobs":                           (*Surface).listJobs,
	"POST jobs":                          (*Surface).createJob,
	"GET jobs/*":                         (*Surface).getJob,
	"PUT jobs/*":                         (*Surface).replaceJob,
	"DELETE jobs/*":                      (*Surface).deleteJob,
	"POST jobs/*:run":                    (*Surface).runJob,
	"GET executions":                     (*Surface).listExecutions,
	"GET executions/*":                   (*Surface).getExecution,
	"DELETE executions/*":                (*Surface).deleteExecution,
	"POST executions/*:cancel":           (*Surface).cancelExecution,
	"GET tasks":                          (*Surface).listTasks,
	"GET tasks/*":                        (*Surface).getTask,
	"GET operations/*":                   (*Surface).getOperation,
	"POST operations/*:wait":             (*Surface).waitOperation,
}

// ServeHTTP answers one call.
func (s *Surface) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	call, req, err := s.parse(r)
	if err != nil {
		frame.WriteError(w, err)
		return
	}
	ctx := r.Context()
	for _, name := range []string{"Authorization", "X-Goog-User-Project"} {
		if v := r.Header.Get(name); v != "" {
			ctx = metadata.AppendToOutgoingContext(ctx, name, v)
		}
	}
	answer, err := call(s, ctx, req)
	if err != nil {
		frame.WriteError(w, err)
		return
	}
	frame.WriteJSON(w, http.StatusOK, answer)
}

// parse finds the method, and whose objects it is about: the region is in the
// path, or in the host.
func (s *Surface) parse(r *http.Request) (func(*Surface, context.Context, request) (any, error), request, error) {
	req := request{Request: r}
	var collection, verb string
	if m := namespaced.FindStringSubmatch(r.URL.Path); m != nil {
		req.project, collection, req.name, verb = m[1]+m[3], m[2]+m[4], m[5], m[6]
		if h := host.FindStringSubmatch(strings.TrimSuffix(r.Host, ":443")); h != nil {
			req.location = h[1]
		}
		if req.location == "" {
			return nil, req, invalid("the host %q names no region: namespaces are served on REGION-run.googleapis.com", r.Host)
		}
	} else if m := located.FindStringSubmatch(r.URL.Path); m != nil {
		req.project, req.location, collection, req.name, verb = m[1], m[2], m[3], m[4], m[5]
	}
	form := r.Method + " " + collection
	if req.name != "" {
		form += "/*"
	}
	call := methods[form+verb]
	if call == nil {
		return nil, req, statusf(codes.NotFound, "Method not found: the emulators serve nothing at this path.")
	}
	req.project = s.projectID(req.project)
	return call, req, nil
}

// projectID turns a project's number, which objects have for a namespace, into
// the id that v2's names have.
func (s *Surface) projectID(project string) string {
	for _, parent := range s.parents() {
		if id := strings.Split(parent, "/")[1]; frame.ProjectNumber(id) == project {
			return id
		}
	}
	return project
}
