# shellcheck shell=bash
# Sourced by the scripts beside it.

# Whether something listens on TCP port $1, on whatever address.
port_taken() {
    local hex
    printf -v hex '%04X' "$1"
    cat /proc/net/tcp /proc/net/tcp6 2>/dev/null \
        | awk -v port=":$hex\$" '$4 == "0A" && $2 ~ port { found = 1 } END { exit !found }'
}

# Prints $1 if that port is free, else the first free one from 10,000 above it.
free_port() {
    local port=$1
    if port_taken "$port"; then
        port=$(($1 + 10000))
        while port_taken "$port"; do port=$((port + 1)); done
    fi
    echo "$port"
}
