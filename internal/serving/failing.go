package serving

import (
	"regexp"
	"strings"
)

// failing are the words of servers, and of what starts several processes, for a
// worker that does not start. The process that listens often stays, and nothing
// answers there.
var failing = regexp.MustCompile(strings.Join([]string{
	`Worker failed to boot`, `App failed to load`, // gunicorn
	`WORKER TIMEOUT \(pid:`, `was sent SIGKILL! Perhaps out of memory`,
	`Child process \[\d+\] died`, `Application startup failed`, // uvicorn
	`^Process Sanic-`, `terminated before startup was completed`, `Not all workers acknowledged a successful startup`,
	`Unexpected exit from worker-`,                                // granian
	`Lifespan failure in startup`,                                 // hypercorn
	`no python application found, check your startup logs`,        // uWSGI
	`child \d+ \(pid \d+\) (exited with status|killed by signal)`, // Tornado
	`entered FATAL state, too many start retries`,                 // supervisord
}, "|"))

// Failing says whether a line of a server's log says that workers do not start.
func Failing(line string) bool { return failing.MatchString(line) }

// raised is the last line of a traceback.
var raised = regexp.MustCompile(`^(?:[A-Za-z_]\w*\.)*[A-Z]\w*(?:Error|Exception|Configured|Missing|NotFound)(?:: .*)?$`)

// Raised is the last exception that a log tells of, "" for none.
func Raised(log string) (line string) {
	for l := range strings.Lines(log) {
		if l = strings.TrimSpace(l); raised.MatchString(l) {
			line = l
		}
	}
	return line
}
