<?php
/**
 * The ways for a host that may not call out.
 *
 * @package Theme_License
 */

declare( strict_types=1 );

defined( 'ABSPATH' ) || exit;

?>
<div class="theme-license-ways">
	<p class="theme-license-hint"><?php $this->tell( 'If this site cannot reach the license server, bring the license here yourself:' ); ?></p>
	<p class="theme-license-actions">
		<?php
		if ( $this->offline->can_return_to( $this->request->address ) ) {
			$this->button( 'browser', 'Activate through your browser', '', true );
		}
		$this->button( 'offline', 'Activate offline', '', true );
		?>
	</p>
</div>
