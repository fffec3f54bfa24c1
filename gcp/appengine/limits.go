package appengine

// What the flexible environment takes
// (cloud.google.com/appengine/docs/flexible/reference/app-yaml, of 2026-04, read 2026-11).
const (
	mostCPUs    = 80
	mostPerCPU  = 6.5 // GB of memory for each CPU, with the overhead
	overhead    = 0.4 // GB that the platform takes of an instance, beside the app's
	leastPerCPU = 0.9 // GB, with the overhead; what is less than 1 is given as 1: Google's samples ask for 0.5 of memory
	leastMemory = leastPerCPU - overhead

	leastDisk, mostDisk = 10, 10240 // GB
	leastVolume         = 0.001     // GB
	mostVolumes         = 8

	leastCoolDown = 60 // seconds
	mostInstances = 1000

	noLimit = 1<<31 - 1 // what the API's numbers can be
)

// What an instance has, and how many there are, where nobody says so (the same page).
const (
	defaultCPUs     = 1.0
	defaultMemory   = 0.6 // GB
	defaultMin      = 2
	defaultMax      = 20
	defaultTimeout  = 4  // seconds of a check
	defaultReady    = 5  // seconds between readiness checks
	defaultLive     = 30 // seconds between liveness checks
	defaultCoolDown = 120
)

// sized says whether there are instances with so many CPUs.
func sized(cpus float64) bool {
	n := int(cpus)
	switch {
	case float64(n) != cpus:
		return false
	case n == 1:
		return true
	case n <= 32:
		return n%2 == 0
	}
	return n%4 == 0
}

// span are the GB of memory that go with so many CPUs, for the app.
func span(cpus float64) (least, most float64) {
	return cpus - overhead, cpus*mostPerCPU - overhead
}

// taken are ports of an instance, and of its container, that the platform uses.
func taken(p int, ofHost bool) bool {
	switch p {
	case 22, 10001, 11211:
		return true
	case 8080, 8090, 8443, 10000, 24231:
		return ofHost
	}
	return p >= 10400 && p <= 10500
}
