# shellcheck shell=bash
# What the benchmarks of whole nights share: a private PostgreSQL, mono-sandbox, a measured process. To be sourced, with
# `bin` set to the directory of the programs and `here` to the package's.
# shellcheck disable=SC2034,SC2154 # Those two come from the script, and what is set here is for it.

work=$(mktemp -d "${TMPDIR:-/tmp}/mono-bench.XXXXXX")
# PostgreSQL may run as another user, who must get through.
chmod 755 "$work"
sandbox='' listener='' run=''

# Ends a process of ours and waits for it.
end() {
    [ -z "$1" ] || { kill "$1" 2> /dev/null && wait "$1" 2> /dev/null; } || true
}

# Ends what a night needs, and drops its database.
end_night() {
    end "$run"
    end "$sandbox"
    end "$listener"
    run='' sandbox='' listener=''
    [ ! -f "$work/pg/data/postmaster.pid" ] || "$here/scripts/private-postgres" stop "$work/pg" || true
    rm -rf "$work/pg"
}

finish() {
    trap - EXIT
    end_night
    rm -rf "$work"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# An empty database whose commits are on disk, as in production.
begin_database() {
    DATABASE_URL=$("$here/scripts/private-postgres" start "$work/pg" durable)
    export DATABASE_URL
    "$bin/mono-reconcile" migrate > /dev/null
}

sql() { psql -qXAt -F ' ' -v ON_ERROR_STOP=1 "$DATABASE_URL" "$@"; }

# Keeps the accounts as they are now, for stuck_again.
remember_accounts() {
    sql -c 'create table public.accounts_before as table mono.accounts' -c 'vacuum analyze' -c checkpoint
}

# Gives all accounts their state before the night back; what was learned and written of the night stays.
stuck_again() {
    sql -c "update mono.accounts a set data_available = b.data_available, data_status = b.data_status,
            awaiting_update_since = b.awaiting_update_since, retry_after = null, consecutive_failures = 0,
            reauthorisation_required_since = b.reauthorisation_required_since,
            standing_outcome = null, standing_cause = null, standing_since = null, standing_run_id = null
        from public.accounts_before b where b.account_id = a.account_id" -c 'vacuum analyze' -c checkpoint
}

# Starts a program in the background and waits for its line "listening on URL": listening FILE COMMAND…
listening() {
    # Emptied before the program runs: the line of an earlier one must not count.
    : > "$1"
    "${@:2}" >> "$1" 2>> "$work/messages" &
    until grep -q '^listening on ' "$1"; do
        kill -0 "$!" 2> /dev/null || { cat "$work/messages" >&2 && exit 69; }
        sleep 0.1
    done
}

# A listener for the sandbox's webhooks; sets hooks, their address.
begin_listener() {
    export MONO_WEBHOOK_SECRET=bench
    listening "$work/listener" "$bin/mono-reconcile" listen --port 0
    listener=$!
    hooks=$(sed -n 's/^listening on //p' "$work/listener")/webhooks/mono
}

# A sandbox without memory of earlier nights: begin_sandbox SCENARIO ARGUMENT…
begin_sandbox() {
    end "$sandbox"
    listening "$work/sandbox" "$bin/mono-sandbox" serve --scenario "$1" --port 0 --call-log "$work/calls" "${@:2}"
    sandbox=$!
    MONO_BASE_URL=$(sed -n 's/^listening on //p' "$work/sandbox")
    export MONO_BASE_URL MONO_SECRET_KEY=test_sk_sandbox
}

# Runs a command and sets what it took: seconds, processor (seconds in user and system), memory (MB at most), code.
measured() {
    python3 -c '
import os, signal, sys, time
began = time.monotonic()
quiet = [(os.POSIX_SPAWN_OPEN, 1, "/dev/null", os.O_WRONLY, 0)]
child = os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ, file_actions=quiet)
signal.signal(signal.SIGTERM, lambda *_: os.kill(child, signal.SIGTERM))
_, status, used = os.wait4(child, 0)
print("%.3f %.3f %.1f %d" % (time.monotonic() - began, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024,
    os.waitstatus_to_exitcode(status)))' "$@" > "$work/measured" 2>> "$work/messages" &
    run=$!
    wait "$run"
    run=''
    read -r seconds processor memory code < "$work/measured"
    case $code in 0 | 1) ;; *)
        cat "$work/messages" >&2
        echo "$1 ended with $code" >&2
        exit 70
        ;;
    esac
}

# Sets what the sandbox was asked, and the earliest end of such a night in seconds after its first call: all calls at
# the rate, or the last end of a sync or of its window. A window begins at the intent, if a file has lines of account
# and intent (seconds since 1970), else at the trigger: counted RATE WINDOW_SECONDS [FILE]
counted() {
    read -r details triggers jobs calls bound < <(awk -v rate="$1" -v window="$2" -v calls="$work/calls" '
        function value(name,    rest) {
            rest = substr($0, index($0, "\"" name "\":") + length(name) + 3)
            return match(rest, /^"[^"]*"/) ? substr(rest, 2, RLENGTH - 2) : rest + 0
        }
        FILENAME != calls { intent[$1] = $2; next }
        { at = value("unix"); if (!n++) began = at; kind = value("kind"); kinds[kind]++ }
        kind == "trigger" {
            account = value("account")
            end = (account in intent ? intent[account] : at) + window
            # Null: a sync that never ends.
            if (!index($0, "\"takes\":null") && at + value("takes") < end) end = at + value("takes")
            if (end - began > last) last = end - began
        }
        END {
            paced = (n - 1) / rate
            print kinds["details"] + 0, kinds["trigger"] + 0, kinds["job"] + 0, n, (paced > last ? paced : last) + 0
        }' ${3:+"$3"} "$work/calls")
}
