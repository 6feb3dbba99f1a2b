<?php
/**
 * What a page cost, and who was complained of: two files of JSON lines in `wp-content`. Changes nothing.
 *
 * `pages.jsonl` holds every page's queries and outgoing calls. `faults.jsonl` holds every warning, notice and deprecation
 * that arises in a theme, or in what WordPress does at once for a theme: five calls deep.
 *
 * @package Theme_License
 */

namespace Theme_License\Tests;

const CALLS_DEEP = 5;

function write_line( string $file, array $line ): void {
	file_put_contents( WP_CONTENT_DIR . "/$file", json_encode( $line, JSON_UNESCAPED_SLASHES ) . "\n", FILE_APPEND | LOCK_EX );
}

$calls = array();

add_filter(
	'pre_http_request',
	static function ( $answer, $arguments, $url ) use ( &$calls ) {
		$calls[] = $url;
		return $answer;
	},
	1,
	3
);

add_action(
	'shutdown',
	static function () use ( &$calls ): void {
		global $wpdb;
		$page = array(
			'page'    => $_SERVER['REQUEST_URI'] ?? '',
			'queries' => array_column( (array) $wpdb->queries, 0 ),
			'calls'   => $calls,
		);
		write_line( 'pages.jsonl', $page );
	},
	PHP_INT_MAX
);

set_error_handler(
	static function ( int $level, string $message, string $file, int $line ): bool {
		if ( ! ( error_reporting() & $level ) ) {
			return false;
		}
		$themes = realpath( WP_CONTENT_DIR . '/themes' ) . '/';
		$files  = array_column( debug_backtrace( DEBUG_BACKTRACE_IGNORE_ARGS, CALLS_DEEP ), 'file' );
		foreach ( array_merge( array( $file ), $files ) as $each ) {
			if ( 0 === strpos( $each, $themes ) ) {
				write_line( 'faults.jsonl', compact( 'level', 'message', 'file', 'line' ) );
				break;
			}
		}
		return false;
	}
);
