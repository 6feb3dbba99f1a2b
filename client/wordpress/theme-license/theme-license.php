<?php
/**
 * Theme License for WordPress themes: the way in. A theme drops this folder into `inc/` and requires this file.
 *
 * Every copy of the folder registers itself here; the newest one answers for all (docs/decisions/0007). Nothing else is
 * loaded until a class of `Theme_License\V1` is first asked for. The core needs PHP 7.4 to 8.x with 64-bit integers, and
 * the `sodium_*` functions, which WordPress brings where PHP does not. It knows nothing of WordPress.
 *
 * @package Theme_License
 */

declare( strict_types=1 );

namespace Theme_License\V1;

if ( ! class_exists( Copies::class, false ) ) {
	require __DIR__ . '/core/class-copies.php';
}
Copies::register( '0.1.0', __DIR__ );
